"""Upsampling by a resize and a convolution, followed by self-attention over all pixels.

Reference:
    Zhang, Goodfellow, Metaxas and Odena, 2019, "Self-Attention Generative Adversarial Networks",
    section 3. Where equation 1 writes f, g, h and v, this file says key, query, value and output.

Shapes: B batch, C channels, H height, W width; N = H·W positions, E = C // 8 features of attention.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, final

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ganzoo.interfaces import Upsampling

REDUCTION: Final = 8
"""Channels that share one feature of attention: the paper's k (section 3)."""


@final
class SelfAttention(nn.Module):
    """Adds to every pixel a weighted mean of all pixels (Zhang et al., 2019, equations 1 to 3).

    The four projections are 1x1 convolutions without a bias, as the paper writes them. `gamma` starts
    at 0, so that the network first learns from its neighbourhoods, then from afar.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        features = channels // REDUCTION
        self.query = nn.Conv2d(channels, features, kernel_size=1, bias=False)
        self.key = nn.Conv2d(channels, features, kernel_size=1, bias=False)
        self.value = nn.Conv2d(channels, features, kernel_size=1, bias=False)
        self.output = nn.Conv2d(features, channels, kernel_size=1, bias=False)
        self.gamma = nn.Parameter(torch.zeros(()))

    def forward(self, images: Tensor) -> Tensor:
        """Maps `(B, C, H, W)` to `(B, C, H, W)`."""
        query, key, value = (_one_head(layer(images)) for layer in (self.query, self.key, self.value))
        # The paper does not divide by sqrt(E), as attention in a transformer does.
        attended = F.scaled_dot_product_attention(query, key, value, scale=1.0)  # (B, 1, N, E)
        attended = attended.mT.reshape(len(images), -1, *images.shape[2:])  # (B, E, H, W)
        summed: Tensor = images + self.gamma * self.output(attended)
        return summed


def _one_head(features: Tensor) -> Tensor:
    """Maps `(B, E, H, W)` to `(B, 1, N, E)`; torch has fused kernels only where there are heads."""
    return features.flatten(2).mT.unsqueeze(1)


@final
class AttentionConv(Upsampling):
    """Nearest-neighbour resizing, a convolution, then self-attention (Zhang et al., 2019, section 3)."""

    ganzoo_api = 1

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Settings of `attention-conv`."""

        kernel_size: int = 3
        """Side of the convolution's kernel, in pixels; odd, so that it has a centre."""

        max_positions: int = 1024
        """Most pixels, height times width after doubling, between which attention is computed; a larger
        map gets the convolution alone, since N pixels have N² pairs to compute and, without a fused
        kernel, to keep in memory."""

        def __post_init__(self) -> None:
            if self.kernel_size < 1 or self.kernel_size % 2 == 0:
                raise ValueError(f"kernel_size must be odd and 1 or more, not {self.kernel_size}")
            if self.max_positions < 0:
                raise ValueError(f"max_positions must be 0 (no attention) or more, not {self.max_positions}")

    def __init__(self, config: Config, in_channels: int, out_channels: int, *, bias: bool = True) -> None:
        super().__init__()
        self.max_positions = config.max_positions
        self.convolution = nn.Conv2d(
            in_channels, out_channels, config.kernel_size, padding=config.kernel_size // 2, bias=bias
        )
        # Fewer channels have no eighth. It is the last layer that has so few: they are the pixels' colours.
        self.attention = SelfAttention(out_channels) if out_channels >= REDUCTION else None

    def forward(self, images: Tensor) -> Tensor:
        """Maps `(B, in_channels, H, W)` to `(B, out_channels, 2H, 2W)`."""
        doubled: Tensor = self.convolution(F.interpolate(images, scale_factor=2, mode="nearest"))
        if self.attention is None or doubled.shape[-2] * doubled.shape[-1] > self.max_positions:
            return doubled
        attended: Tensor = self.attention(doubled)
        return attended
