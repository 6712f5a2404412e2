"""Draws from a source of its own, which goes on where it was."""

import random

from right_parts import RightRegularisation


class Wrong(RightRegularisation):
    """A penalty that depends on how often it was asked for."""

    ganzoo_api = 1

    def __init__(self, config):
        self.source = random.Random(0)

    def penalty(self, judge, real, fake):
        return self.source.uniform(1, 2) * super().penalty(judge, real, fake)
