"""Upsampling by a convolution whose channels become the pixels in between."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import torch.nn.functional as F
from torch import Tensor

from ganzoo.interfaces import Upsampling
from ganzoo_components.layers import SameConv2d, require_positive


@final
class PixelShuffle(Upsampling):
    """Sub-pixel convolution: four channels become one with twice the sides (Shi et al., 2016)."""

    ganzoo_api = 1

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Settings of `pixel-shuffle`."""

        kernel_size: int = 3
        """Side of the kernel, in pixels of the smaller image."""

        def __post_init__(self) -> None:
            require_positive(self, "kernel_size")

    def __init__(self, config: Config, in_channels: int, out_channels: int, *, bias: bool = True) -> None:
        super().__init__()
        # Edges made of zeros would stay behind the rest of the image, as in `resize-conv`.
        self.convolution = SameConv2d(
            in_channels, 4 * out_channels, config.kernel_size, bias=bias, padding_mode="replicate"
        )

    def forward(self, images: Tensor) -> Tensor:
        """Maps `(B, in_channels, H, W)` to `(B, out_channels, 2H, 2W)`."""
        return F.pixel_shuffle(self.convolution(images), upscale_factor=2)
