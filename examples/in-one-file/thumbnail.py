"""A feature extractor without a network: the pixels of a thumbnail."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, final

from torch import Tensor
from torch.nn import functional

from ganzoo.interfaces import FeatureExtractor, FeatureProtocol, Features, LabelledImages


@final
class Thumbnail(FeatureExtractor):
    """Pixels of the image made small: distances of colours and of coarse shapes, and nothing more."""

    ganzoo_api = 1

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Settings of `Thumbnail`."""

        side: int = 4
        """Height and width of the thumbnail, in pixels."""

        def __post_init__(self) -> None:
            if not 1 <= self.side <= 32:
                raise ValueError(f"side must be from 1 to 32, not {self.side}")

    standard_inception: ClassVar[bool] = False
    self_contained: ClassVar[bool] = False  # it needs nothing, but is no judge to offer unasked

    def __init__(self, config: Config, training_images: Callable[[], LabelledImages]) -> None:
        super().__init__()
        self._side, self.features, self.class_names = config.side, 3 * config.side**2, ()
        self.protocol = FeatureProtocol(
            network="pixels of a thumbnail",
            weights="none",
            weights_sha256=hashlib.sha256(b"").hexdigest(),
            resize=f"{config.side}x{config.side}, bilinear, antialiased",
        )

    def forward(self, images: Tensor) -> Features:
        """Maps images `(B, C, H, W)` uint8 to features `(B, 3·side²)` float32 in [-1, 1]."""
        scaled = images.float() / 127.5 - 1
        size = (self._side, self._side)
        small = functional.interpolate(scaled, size=size, mode="bilinear", antialias=True)
        return Features(small.expand(-1, 3, -1, -1).flatten(1), None)
