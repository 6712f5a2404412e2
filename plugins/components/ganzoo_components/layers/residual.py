"""Residual blocks of Gulrajani et al., 2017, and Miyato et al., 2018: a generator's and a discriminator's.

Both are pre-activated, with two 3x3 convolutions and ReLU. Weights start as published in both papers'
code: Glorot-uniform, times sqrt(2) on the path of the activations (He et al., 2015), times 1 on the
shortcut. Shapes: B batch, C channels, H height, W width.
"""

from __future__ import annotations

import math
from typing import final

import torch.nn.functional as F
from torch import Tensor, nn

from ganzoo.interfaces import UpsamplingFactory
from ganzoo_components.layers.conditional_normalisation import ConditionalBatchNorm2d
from ganzoo_components.layers.convolution import SameConv2d
from ganzoo_components.layers.initialisation import glorot_

_HE = math.sqrt(2)


@final
class GeneratorBlock(nn.Module):
    """Doubles height and width: batch normalisation, ReLU, upsampling, and the same with a convolution,
    beside a shortcut of a 1x1 convolution and nearest-neighbour resizing.

    With `label_features` the normalisations are conditional; `epsilon` is added to their variances.
    `upsampling` stands for the resizing and the first convolution.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        upsampling: UpsamplingFactory,
        label_features: int | None = None,
        epsilon: float = 1e-5,
    ) -> None:
        super().__init__()
        self.first_normalisation = _normalisation(in_channels, label_features, epsilon)
        self.upsampling = upsampling(in_channels, out_channels)
        self.second_normalisation = _normalisation(out_channels, label_features, epsilon)
        self.convolution = SameConv2d(out_channels, out_channels, kernel_size=3)
        self.shortcut = SameConv2d(in_channels, out_channels, kernel_size=1)
        glorot_(self.upsampling, _HE)
        glorot_(self.convolution, _HE)
        glorot_(self.shortcut)

    def forward(self, images: Tensor, vectors: Tensor | None = None) -> Tensor:
        """Maps images `(B, in_channels, H, W)` and, where conditional, vectors `(B, label_features)` to
        `(B, out_channels, 2H, 2W)`.
        """
        given = () if vectors is None else (vectors,)
        features = F.relu(self.first_normalisation(images, *given), inplace=True)
        features = self.upsampling(features)  # (B, out_channels, 2H, 2W)
        features = F.relu(self.second_normalisation(features, *given), inplace=True)
        features = self.convolution(features)
        # A 1x1 convolution and repeating pixels can trade places; before it, there are four times fewer.
        shortcut = F.interpolate(self.shortcut(images), scale_factor=2, mode="nearest")
        result: Tensor = features + shortcut
        return result


@final
class DiscriminatorBlock(nn.Module):
    """ReLU, convolution, ReLU, convolution and, to halve height and width, mean pooling, beside a shortcut.

    The shortcut is a 1x1 convolution with the same pooling; without pooling, where the channels stay the
    same, it is the identity. The first block of a network (`is_first`) sees an image, which has no ReLU
    before it. Nothing is done in place: gradient penalties go through here.
    """

    def __init__(
        self, in_channels: int, out_channels: int, *, downsample: bool, is_first: bool = False
    ) -> None:
        super().__init__()
        self.downsample, self.is_first = downsample, is_first
        self.first_convolution = SameConv2d(in_channels, out_channels, kernel_size=3)
        self.second_convolution = SameConv2d(out_channels, out_channels, kernel_size=3)
        glorot_(self.first_convolution, _HE)
        glorot_(self.second_convolution, _HE)
        self.shortcut: nn.Module = nn.Identity()
        if downsample or in_channels != out_channels:
            self.shortcut = SameConv2d(in_channels, out_channels, kernel_size=1)
            glorot_(self.shortcut)

    def forward(self, images: Tensor) -> Tensor:
        """Maps `(B, in_channels, H, W)` to `(B, out_channels, H, W)`, or half of H and W."""
        features: Tensor = self.first_convolution(images if self.is_first else F.relu(images))
        features = self.second_convolution(F.relu(features))
        if self.downsample:
            features = F.avg_pool2d(features, 2)
            images = F.avg_pool2d(images, 2)  # pooling and a 1x1 convolution can trade places
        shortcut: Tensor = self.shortcut(images)
        return features + shortcut


def discriminator_blocks(image_channels: int, channels: int, halvings: int) -> list[DiscriminatorBlock]:
    """The blocks of Miyato et al., 2018, table 4, and of Gulrajani et al., 2017, appendix F: `halvings`
    of an image's sides, at least one, then two blocks that leave them as they are.
    """
    return [
        DiscriminatorBlock(
            channels if index else image_channels,
            channels,
            downsample=index < halvings,
            is_first=index == 0,
        )
        for index in range(halvings + 2)
    ]


def _normalisation(channels: int, label_features: int | None, epsilon: float) -> nn.Module:
    if label_features is None:
        return nn.BatchNorm2d(channels, epsilon)
    return ConditionalBatchNorm2d(channels, label_features, epsilon)
