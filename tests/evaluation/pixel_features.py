"""A feature extractor for the tests: the pixels themselves, in a fixed random projection."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import final

import torch
from torch import Tensor, nn

from ganzoo.interfaces import FeatureExtractor, FeatureProtocol, Features, LabelledImages


@final
class Pixels(FeatureExtractor):
    """Pixels in a fixed random projection."""

    ganzoo_api = 1

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """The length of the vectors."""

        length: int = 8
        """Numbers an image becomes."""
        broken: bool = False
        """Whether the features are NaN."""

    def __init__(self, config: Config, training_images: Callable[[], LabelledImages]) -> None:
        super().__init__()
        data = training_images()
        generator = torch.Generator().manual_seed(0)
        pixels = data.images[0].numel()
        self.projection = nn.Parameter(torch.randn(pixels, config.length, generator=generator) / pixels**0.5)
        self.features, self.class_names = config.length, ()
        self.scale = float("nan") if config.broken else 1 / 255
        self.protocol = FeatureProtocol(
            network="projection", weights="drawn", weights_sha256="0" * 64, resize="none"
        )

    def forward(self, images: Tensor) -> Features:
        return Features(images.flatten(1).float() * self.scale @ self.projection, None)
