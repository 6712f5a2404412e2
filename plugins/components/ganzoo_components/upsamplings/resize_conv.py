"""Upsampling by repeating pixels, followed by a convolution."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, final

import torch.nn.functional as F
from torch import Tensor

from ganzoo.interfaces import Upsampling
from ganzoo_components.layers import SameConv2d, require_positive


@final
class ResizeConv(Upsampling):
    """Nearest-neighbour resizing, then a convolution: no checkerboard (Odena et al., 2016)."""

    ganzoo_api = 1

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Settings of `resize-conv`."""

        kernel_size: int = 3
        """Side of the kernel, in pixels."""

        padding: Literal["replicate", "zeros"] = "replicate"
        """What lies beyond the edge: the pixels there again, as Odena et al., 2016, advise against artefacts
        along the edges, or zeros, as in the released code of most models."""

        def __post_init__(self) -> None:
            require_positive(self, "kernel_size")

    def __init__(self, config: Config, in_channels: int, out_channels: int, *, bias: bool = True) -> None:
        super().__init__()
        self.convolution = SameConv2d(
            in_channels, out_channels, config.kernel_size, bias=bias, padding_mode=config.padding
        )

    def forward(self, images: Tensor) -> Tensor:
        """Maps `(B, in_channels, H, W)` to `(B, out_channels, 2H, 2W)`."""
        doubled: Tensor = self.convolution(F.interpolate(images, scale_factor=2, mode="nearest"))
        return doubled
