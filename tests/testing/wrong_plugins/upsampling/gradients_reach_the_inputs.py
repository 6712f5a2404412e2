"""Cuts off what comes before it."""

from right_parts import RightUpsampling


class Wrong(RightUpsampling):
    """An upsampling that detaches its argument."""

    ganzoo_api = 1

    def forward(self, images):
        return super().forward(images.detach())
