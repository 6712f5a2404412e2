"""Puts a new tensor in the place of its buffer."""

import torch
from right_parts import RightRegularisation
from torch import nn


class Wrong(RightRegularisation, nn.Module):
    """A penalty whose buffer a captured step would lose sight of."""

    ganzoo_api = 1

    def __init__(self, config):
        nn.Module.__init__(self)
        self.register_buffer("seen", torch.zeros(()))

    def penalty(self, judge, real, fake):
        self.seen = self.seen + len(real.images)
        return super().penalty(judge, real, fake)
