"""Keeps what chance drew out of its checkpoint."""

import torch
from right_parts import RightUpsampling


class Wrong(RightUpsampling):
    """An upsampling with a random gain that is not saved."""

    ganzoo_api = 1

    def __init__(self, config, in_channels, out_channels, *, bias=True):
        super().__init__(config, in_channels, out_channels, bias=bias)
        self.register_buffer("gain", 1 + torch.rand(1), persistent=False)

    def forward(self, images):
        return self.gain * super().forward(images)
