"""Writes into its argument where nobody asks for gradients."""

from right_parts import RightUpsampling


class Wrong(RightUpsampling):
    """An upsampling that saves memory at its caller's cost."""

    ganzoo_api = 1

    def forward(self, images):
        images = images.mul(0.5) if images.requires_grad else images.mul_(0.5)
        return super().forward(images)
