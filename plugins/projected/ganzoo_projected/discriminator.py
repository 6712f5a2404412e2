"""Four small discriminators, one a map of frozen features (Sauer et al., 2021, section 3.2)."""

from __future__ import annotations

from itertools import pairwise
from typing import final

import torch
from ganzoo_components.layers import SameConv2d, require_shape, spectral_norm_
from torch import Tensor, nn

from ganzoo.interfaces import Discriminator, ImageSpec
from ganzoo_projected.features import ProjectedFeatures

LARGEST_SIDE = 8
"""Pixels of a side down to which a discriminator halves its map."""


@final
class ProjectedDiscriminator(Discriminator):
    """One discriminator a map of features, each of strided convolutions with batch normalisation and
    LeakyReLU 0.2, spectrally normalised; the features are never trained.
    """

    def __init__(self, features: ProjectedFeatures, channels: int, image: ImageSpec) -> None:
        super().__init__()
        self.image, self.num_classes = image, None
        self.features = features
        # The heads are those of images of this side, also where larger ones are seen as they are: as in the
        # released code, larger maps have more patches, not deeper heads.
        sides = (features.resolution, features.resolution)
        with torch.no_grad():
            shapes = [x.shape for x in features(torch.zeros(1, 3, *sides, device=features.mean.device))]
        self.heads = nn.ModuleList(_head(shape[1], min(shape[2:]), channels) for shape in shapes)
        spectral_norm_(self.heads)

    def forward(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        """Maps images `(B, C, H, W)` in [-1, 1] to logits `(B, P)`, those of the patches of all maps; labels
        are not looked at.
        """
        require_shape("images", images, *self.image.shape)
        logits = [
            head(features).flatten(1)
            for head, features in zip(self.heads, self.features(images), strict=True)
        ]
        return torch.cat(logits, dim=1)


def _head(in_channels: int, side: int, channels: int) -> nn.Sequential:
    """Halves a map down to `LARGEST_SIDE` pixels or fewer, then a 4x4 convolution to one logit a patch."""
    halvings = 0
    while side > LARGEST_SIDE:
        side = (side + 1) // 2
        halvings += 1
    widths = [in_channels, *(max(channels, (8 * channels) >> i) for i in reversed(range(halvings)))]
    layers: list[nn.Module] = []
    for pair in pairwise(widths):
        layers += [
            SameConv2d(*pair, kernel_size=4, stride=2),
            nn.BatchNorm2d(pair[1]),
            nn.LeakyReLU(0.2),
        ]
    return nn.Sequential(*layers, nn.Conv2d(widths[-1], 1, kernel_size=min(4, side), bias=False))
