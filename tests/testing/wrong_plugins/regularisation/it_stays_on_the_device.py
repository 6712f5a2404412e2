"""Looks at a value before it goes on."""

from right_parts import RightRegularisation


class Wrong(RightRegularisation):
    """A penalty that makes the device wait."""

    ganzoo_api = 1

    def penalty(self, judge, real, fake):
        penalty = super().penalty(judge, real, fake)
        return penalty * min(1.0, 100.0 / max(1e-6, penalty.item()))
