"""Plugins that only attacks need: an objective with a state of its own, and features that cost nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ganzoo.interfaces import FeatureExtractor, FeatureProtocol, Features, LabelledImages, Objective


class Fading(Objective):
    """The original loss, the discriminator's share of which fades with the updates."""

    ganzoo_api = 1

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """How fast it fades."""

        rate: float = 0.01
        """Share of the weight that an update takes away."""

    def __init__(self, config: Config) -> None:
        self._rate, self._weight = config.rate, 1.0

    def discriminator_loss(self, real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        """The loss of Goodfellow et al. (2014), times the weight that is left."""
        self._weight *= 1 - self._rate
        return self._weight * (F.softplus(-real_logits).mean() + F.softplus(fake_logits).mean())

    def generator_loss(self, fake_logits: Tensor, real_logits: Tensor | None = None) -> Tensor:
        """The non-saturating loss."""
        return F.softplus(-fake_logits).mean()


class Pixels(FeatureExtractor):
    """The mean of each channel and row: an evaluation by it takes no time."""

    ganzoo_api = 1

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Nothing to set."""

    def __init__(self, config: Config, training_images: Callable[[], LabelledImages]) -> None:
        super().__init__()
        channels, height = training_images().images.shape[1:3]
        self.features, self.class_names = channels * height, ()
        self.scale = nn.Parameter(torch.ones(()))
        self.protocol = FeatureProtocol(
            network="means of rows", weights="none", weights_sha256="0" * 64, resize="none"
        )

    def forward(self, images: Tensor) -> Features:
        """Maps images `(B, C, H, W)` uint8 to `(B, C * H)` float32 in [0, 255]."""
        return Features(self.scale * images.float().mean(-1).flatten(1), None)
