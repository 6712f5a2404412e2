"""Leaves the real images requiring gradients."""

from right_parts import RightRegularisation


class Wrong(RightRegularisation):
    """A penalty that marks its batch."""

    ganzoo_api = 1

    def penalty(self, judge, real, fake):
        real.images.requires_grad_()
        return super().penalty(judge, real, fake)
