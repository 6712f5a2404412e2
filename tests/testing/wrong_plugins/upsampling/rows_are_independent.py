"""Normalises by the batch in evaluation mode too."""

from right_parts import RightUpsampling
from torch import nn


class Wrong(RightUpsampling):
    """An upsampling with batch normalisation that keeps no statistics."""

    ganzoo_api = 1

    def __init__(self, config, in_channels, out_channels, *, bias=True):
        super().__init__(config, in_channels, out_channels, bias=bias)
        self.normalisation = nn.BatchNorm2d(in_channels, affine=False, track_running_stats=False)

    def forward(self, images):
        return super().forward(self.normalisation(images) if len(images) > 1 else images)
