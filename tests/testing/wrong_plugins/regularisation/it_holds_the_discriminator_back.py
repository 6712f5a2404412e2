"""Detaches what should be learnt from."""

from right_parts import RightRegularisation


class Wrong(RightRegularisation):
    """A penalty that teaches nothing."""

    ganzoo_api = 1

    def penalty(self, judge, real, fake):
        return super().penalty(judge, real, fake).detach()
