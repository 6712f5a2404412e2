"""Draws from a source of its own."""

import random

from right_parts import RightRegularisation


class Wrong(RightRegularisation):
    """A penalty of any size."""

    ganzoo_api = 1

    def penalty(self, judge, real, fake):
        return random.SystemRandom().uniform(1, 2) * super().penalty(judge, real, fake)
