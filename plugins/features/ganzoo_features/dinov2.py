"""DINOv2 as a feature extractor, through timm."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal, final

from torch import Tensor

from ganzoo.interfaces import FeatureExtractor, Features, LabelledImages
from ganzoo_features.pretrained import Pretrained

_SIZE: Final = 224
"""Side of the input, as in Stein et al., 2023; timm's own default, 518, costs five times as much."""


@final
class DINOv2(FeatureExtractor):
    """DINOv2, which agrees better with people than Inception does (Oquab et al., 2023; Stein et al., 2023).

    A vision transformer trained without labels; the features are its class token. Distances between
    them are not FID.
    """

    ganzoo_api = 1

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Which of the four networks, and which weights."""

        model: Literal["small", "base", "large", "giant"] = "large"
        """Size of the transformer; published figures are of "large"."""

        weights: str | None = None
        """File with the weights under timm's names, .safetensors or .pth; none: timm's hub."""

        sha256: str | None = None
        """SHA-256 that the weights must have, as an earlier protocol printed it; none: any."""

    def __init__(self, config: Config, training_images: Callable[[], LabelledImages]) -> None:
        super().__init__()
        name = f"vit_{config.model}_patch14_dinov2.lvd142m"
        self.network = Pretrained(name, config.weights, config.sha256, _SIZE)
        self.features, self.class_names = self.network.length, ()
        self.protocol = self.network.protocol

    def forward(self, images: Tensor) -> Features:
        """Maps images `(B, C, H, W)` uint8 to the class token `(B, D)`; there are no logits."""
        return Features(*self.network(images.expand(-1, 3, -1, -1)))
