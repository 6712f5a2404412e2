"""R3GAN's parts: residual blocks without normalisation, bilinear resampling, the smallest feature maps.

References:
    Huang, Gokaslan, Kuleshov and Tompkin, 2024, "The GAN is dead; long live the GAN! A Modern GAN
    Baseline", section 3 (config E: grouped convolutions, inverted bottleneck) and appendix D
    (hyperparameters), with the authors' released code.
    Zhang, Dauphin and Ma, 2019, "Fixup Initialization: Residual Learning Without Normalization".

Shapes: B batch, C channels, H height, W width; h and w are the sides of the smallest feature map.
"""

from __future__ import annotations

import math
from typing import final

import torch
import torch.nn.functional as F
from ganzoo_components.layers import he_
from torch import Tensor, nn

GAIN = math.sqrt(2 / (1 + 0.2**2))
"""What LeakyReLU 0.2 takes from a signal's standard deviation, given back (He et al., 2015)."""

EXPANSION = 2
"""Channels inside a block for one outside (the inverted bottleneck of config E)."""


@final
class BiasedActivation(nn.Module):
    """Adds a bias to each map, which starts at 0, then LeakyReLU 0.2."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, images: Tensor) -> Tensor:
        """Maps `(B, channels, H, W)` to the same shape."""
        return F.leaky_relu(images + self.bias.to(images.dtype)[:, None, None], 0.2)


@final
class ResidualBlock(nn.Module):
    """Adds to maps what a 1x1, a grouped 3x3 and a 1x1 convolution make of them, without normalisation.

    The last convolution starts at 0 and the others are scaled down by `blocks` to the power -1/4, the
    count of such blocks in the whole network: Fixup's rule for branches of three layers (Zhang et al.,
    2019, section 3). So the network starts as if it had no blocks, and its first updates are of a size
    that does not grow with its depth.
    """

    def __init__(self, channels: int, group_width: int, blocks: int) -> None:
        super().__init__()
        inner = EXPANSION * channels
        self.expand = nn.Conv2d(channels, inner, kernel_size=1, bias=False)
        self.first_activation = BiasedActivation(inner)
        groups = inner // math.gcd(inner, group_width)  # narrow maps may have groups that are narrower
        self.mix = nn.Conv2d(inner, inner, kernel_size=3, padding=1, groups=groups, bias=False)
        self.second_activation = BiasedActivation(inner)
        self.reduce = nn.Conv2d(inner, channels, kernel_size=1, bias=False)
        he_(self.expand, GAIN * blocks ** (-1 / 4))
        he_(self.mix, GAIN * blocks ** (-1 / 4))
        nn.init.zeros_(self.reduce.weight)

    def forward(self, images: Tensor) -> Tensor:
        """Maps `(B, channels, H, W)` to the same shape."""
        features = self.first_activation(self.expand(images))  # (B, 2·channels, H, W)
        features = self.second_activation(self.mix(features))
        reduced: Tensor = self.reduce(features)
        return images + reduced


def residual_blocks(channels: int, group_width: int, count: int, resolutions: int) -> list[ResidualBlock]:
    """The `count` blocks of one resolution, in a network with so many at each of its `resolutions`."""
    return [ResidualBlock(channels, group_width, count * resolutions) for _ in range(count)]


@final
class Upsample(nn.Module):
    """Doubles height and width bilinearly, with zeros beyond the edge as in the released code; where channels
    change, a 1x1 convolution comes before.
    """

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.convolution = _pointwise(in_channels, out_channels)

    def forward(self, images: Tensor) -> Tensor:
        """Maps `(B, in_channels, H, W)` to `(B, out_channels, 2H, 2W)`."""
        images = F.pad(self.convolution(images), (1, 1, 1, 1))
        return F.interpolate(images, scale_factor=2, mode="bilinear", align_corners=False)[:, :, 2:-2, 2:-2]


@final
class Downsample(nn.Module):
    """Halves height and width by the bilinear filter; where channels change, a 1x1 convolution follows.

    The filter is (1, 3, 3, 1) / 8 along either side, the mirror of what doubling bilinearly does; beyond
    the edge are zeros, as there. It is a product with a fixed matrix a side, not a convolution of each map
    by itself, whose gradients' gradients take six times as long on a CPU in bfloat16.
    """

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.convolution = _pointwise(in_channels, out_channels)

    def forward(self, images: Tensor) -> Tensor:
        """Maps `(B, in_channels, H, W)` to `(B, out_channels, H/2, W/2)`."""
        rows, columns = (_halving(side, images) for side in images.shape[-2:])
        halved: Tensor = self.convolution(torch.matmul(rows, images @ columns.mT))
        return halved


def _halving(side: int, like: Tensor) -> Tensor:
    """The matrix `(side / 2, side)` that halves a column: its row i has the filter's taps from 2i - 1 on."""
    offset = torch.arange(side, device=like.device) - 2 * torch.arange(side // 2, device=like.device)[:, None]
    inner, outer = (offset == 0) | (offset == 1), (offset == -1) | (offset == 2)
    return (3 * inner.int() + outer.int()).to(like.dtype) / 8


@final
class GenerativeBasis(nn.Module):
    """The generator's smallest feature map: a learned map for each channel, scaled by a dense layer of the
    input.
    """

    def __init__(self, features: int, channels: int, base: tuple[int, int]) -> None:
        super().__init__()
        self.basis = nn.Parameter(torch.empty(channels, *base).normal_())
        self.dense = nn.Linear(features, channels, bias=False)
        he_(self.dense)

    def forward(self, latents: Tensor) -> Tensor:
        """Maps `(B, features)` to `(B, channels, h, w)`."""
        scaled: Tensor = self.basis * self.dense(latents)[:, :, None, None]
        return scaled


@final
class DiscriminativeBasis(nn.Module):
    """The discriminator's end: the scalar product of each channel with a learned map, then a dense layer."""

    def __init__(self, channels: int, features: int, base: tuple[int, int]) -> None:
        super().__init__()
        self.basis = nn.Conv2d(channels, channels, kernel_size=base, groups=channels, bias=False)
        self.dense = nn.Linear(channels, features, bias=False)
        he_(self.basis)
        he_(self.dense)

    def forward(self, images: Tensor) -> Tensor:
        """Maps `(B, channels, h, w)` to `(B, features)`."""
        features: Tensor = self.dense(self.basis(images).flatten(1))
        return features


def _pointwise(in_channels: int, out_channels: int) -> nn.Module:
    if in_channels == out_channels:
        return nn.Identity()
    convolution = nn.Conv2d(in_channels, out_channels, kernel_size=1, bias=False)
    he_(convolution)
    return convolution
