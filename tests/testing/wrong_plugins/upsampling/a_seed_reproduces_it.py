"""Draws its weights from a source of its own."""

import torch
from right_parts import RightUpsampling

_chance = torch.Generator()
_chance.seed()


class Wrong(RightUpsampling):
    """An upsampling that is another one every time."""

    ganzoo_api = 1

    def __init__(self, config, in_channels, out_channels, *, bias=True):
        super().__init__(config, in_channels, out_channels, bias=bias)
        if self.convolution.weight.device.type == "cpu":
            self.convolution.weight.data.normal_(generator=_chance)
