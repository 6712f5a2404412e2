"""Upsampling by a transposed convolution with stride 2."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from torch import Tensor

from ganzoo.interfaces import Upsampling
from ganzoo_components.layers import SameConvTranspose2d


@final
class TransposedConv(Upsampling):
    """Transposed convolution with stride 2 (Radford et al., 2015; Dumoulin and Visin, 2016)."""

    ganzoo_api = 1

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Settings of `transposed-conv`."""

        kernel_size: int = 4
        """Side of the kernel, in pixels, at least 2; an even one covers every output pixel equally often."""

        def __post_init__(self) -> None:
            if self.kernel_size < 2:
                raise ValueError(f"kernel_size must be 2 or more to double an image, not {self.kernel_size}")

    def __init__(self, config: Config, in_channels: int, out_channels: int, *, bias: bool = True) -> None:
        super().__init__()
        self.convolution = SameConvTranspose2d(in_channels, out_channels, config.kernel_size, bias=bias)

    def forward(self, images: Tensor) -> Tensor:
        """Maps `(B, in_channels, H, W)` to `(B, out_channels, 2H, 2W)`."""
        doubled: Tensor = self.convolution(images)
        return doubled
