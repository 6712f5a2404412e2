"""Keeps its gains in every second place of a longer tensor."""

import torch
from right_parts import RightUpsampling
from torch import nn


class Wrong(RightUpsampling):
    """An upsampling with a gain for each channel, cut out of a table."""

    ganzoo_api = 1

    def __init__(self, config, in_channels, out_channels, *, bias=True):
        super().__init__(config, in_channels, out_channels, bias=bias)
        self.gain = nn.Parameter(torch.ones(out_channels, 2)[:, 0])

    def forward(self, images):
        return self.gain.view(-1, 1, 1) * super().forward(images)
