"""Layers whose weights are drawn from N(0, 1) and scaled at run time, so that all learn at one rate.

Karras, Aila, Laine and Lehtinen, 2018, "Progressive Growing of GANs", section 4.1. Adam's step does not
depend on the scale of a gradient, so a weight that is stored large and used small changes slowly.
"""

from __future__ import annotations

import math
from typing import Final, final

import torch
import torch.nn.functional as F
from torch import Tensor, nn

GAIN: Final = math.sqrt(2)
"""What keeps the size of a signal through LeakyReLU, about (Karras et al., 2020, released code)."""


def activate(features: Tensor) -> Tensor:
    """LeakyReLU 0.2, times the square root of 2."""
    return F.leaky_relu(features, 0.2) * GAIN


@final
class EqualisedLinear(nn.Module):
    """A dense layer; `rate` multiplies the learning rate of its weights and biases."""

    def __init__(self, in_features: int, out_features: int, *, bias: float = 0.0, rate: float = 1.0) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(out_features, in_features) / rate)
        self.bias = nn.Parameter(torch.full((out_features,), bias))
        self.scale, self.rate = rate / math.sqrt(in_features), rate

    def forward(self, features: Tensor) -> Tensor:
        """Maps `(B, in_features)` to `(B, out_features)`."""
        return F.linear(features, self.weight * self.scale, self.bias * self.rate)


@final
class EqualisedConv2d(nn.Module):
    """A convolution that keeps height and width, or halves them behind a low-pass filter.

    Raises:
        ValueError: the kernel has an even side.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int,
        *,
        bias: bool = True,
        halves: bool = False,
    ) -> None:
        super().__init__()
        if kernel_size % 2 == 0:
            raise ValueError(f"kernel_size must be odd, not {kernel_size}")
        self.weight = nn.Parameter(torch.randn(out_channels, in_channels, kernel_size, kernel_size))
        self.bias = nn.Parameter(torch.zeros(out_channels)) if bias else None
        self.scale = 1 / math.sqrt(in_channels * kernel_size**2)
        self.padding = kernel_size // 2
        self.low_pass = LowPass(self.padding + 1) if halves else None

    def forward(self, images: Tensor) -> Tensor:
        """Maps `(B, in_channels, H, W)` to `(B, out_channels, H, W)`, or to half of both sides."""
        weight = self.weight * self.scale
        if self.low_pass is None:
            return F.conv2d(images, weight, self.bias, padding=self.padding)
        return F.conv2d(self.low_pass(images), weight, self.bias, stride=2)


@final
class LowPass(nn.Module):
    """The filter [1, 3, 3, 1] / 8 along both sides, with zeros beyond the edge (Karras et al., 2019).

    `padding` zeros on every side: 1 makes sides one pixel shorter, 2 one pixel longer.
    """

    taps: Tensor

    def __init__(self, padding: int, gain: float = 1.0) -> None:
        super().__init__()
        taps = torch.tensor([1.0, 3.0, 3.0, 1.0]) / 8
        self.register_buffer("taps", gain * torch.outer(taps, taps), persistent=False)
        self.padding = padding

    def forward(self, images: Tensor) -> Tensor:
        """Maps `(B, C, H, W)` to `(B, C, H + 2·padding - 3, W + 2·padding - 3)`."""
        channels = images.shape[1]
        taps = self.taps.expand(channels, 1, -1, -1)
        return F.conv2d(images, taps, padding=self.padding, groups=channels)


@final
class DoubledImages(nn.Module):
    """Doubles height and width: zeros between the pixels, then the low-pass filter."""

    taps: Tensor

    def __init__(self) -> None:
        super().__init__()
        taps = torch.tensor([1.0, 3.0, 3.0, 1.0]) / 4  # twice the gain along each side: half are zeros
        self.register_buffer("taps", torch.outer(taps, taps), persistent=False)

    def forward(self, images: Tensor) -> Tensor:
        """Maps `(B, C, H, W)` to `(B, C, 2H, 2W)`."""
        channels = images.shape[1]
        taps = self.taps.expand(channels, 1, -1, -1)
        return F.conv_transpose2d(images, taps, stride=2, padding=1, groups=channels)


def normalise(vectors: Tensor) -> Tensor:
    """Scales vectors `(B, features)` to a mean square of 1."""
    return vectors * (vectors.square().mean(dim=1, keepdim=True) + 1e-8).rsqrt()
