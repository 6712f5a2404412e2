"""Has a parameter that it doesn't use."""

import torch
from right_parts import RightUpsampling
from torch import nn


class Wrong(RightUpsampling):
    """An upsampling with a gain that it forgot."""

    ganzoo_api = 1

    def __init__(self, config, in_channels, out_channels, *, bias=True):
        super().__init__(config, in_channels, out_channels, bias=bias)
        self.gain = nn.Parameter(torch.ones(()))
