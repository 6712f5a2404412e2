"""Any model of timm as a feature extractor, with weights from its hub or from a file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import final

from torch import Tensor

from ganzoo.interfaces import FeatureExtractor, Features, LabelledImages
from ganzoo_features.pretrained import Pretrained


@final
class TimmModel(FeatureExtractor):
    """Any model of timm, weights from its hub or a file: --features timm:resnet18 (Wightman, 2019).

    The features are the model's last layer before its classifier. Distances between them are not FID.
    """

    ganzoo_api = 1

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Which model, and which weights."""

        model: str
        """Name of the model in timm, for instance tf_efficientnet_lite0."""

        weights: str | None = None
        """File with the weights under timm's names, .safetensors or .pth; none: timm's hub."""

        size: int | None = None
        """Side in pixels that images are resized to; none: the model's own."""

        sha256: str | None = None
        """SHA-256 that the weights must have, as an earlier protocol printed it; none: any."""

        def __post_init__(self) -> None:
            if self.size is not None and self.size < 1:
                raise ValueError(f"size must be 1 or more pixels, not {self.size}")

    def __init__(self, config: Config, training_images: Callable[[], LabelledImages]) -> None:
        super().__init__()
        self.network = Pretrained(config.model, config.weights, config.sha256, config.size)
        self.features, self.class_names = self.network.length, ()
        self.protocol = self.network.protocol

    def forward(self, images: Tensor) -> Features:
        """Maps images `(B, C, H, W)` uint8 to the last layer before the head, and the head's logits."""
        return Features(*self.network(images.expand(-1, 3, -1, -1)))
