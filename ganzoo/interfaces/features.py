"""Feature extractors: images as vectors, by which sets of images are compared."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from torch import Tensor, nn


class Features(NamedTuple):
    """What a feature extractor makes of a batch of images."""

    vectors: Tensor
    """`(B, features)` float32."""
    logits: Tensor | None
    """`(B, K)` float32, of the extractor's own K classes; None where it tells none apart."""


@dataclass(frozen=True, kw_only=True)
class FeatureProtocol:
    """What a figure computed from features depends on, besides the images; printed with every figure."""

    network: str
    """The network, and which of its layers."""
    weights: str
    """Where the weights come from."""
    weights_sha256: str
    """SHA-256 of the weights, as 64 hexadecimal digits."""
    resize: str
    """"none", or size, filter and antialiasing."""


class FeatureExtractor(nn.Module, ABC):
    """Represents images as vectors, by which sets of images are compared.

    The core calls `Class(config, training_images)`, where `training_images()` reads the data set's
    split "train". The class attributes are literals, or names of literals.

    Raises:
        GanzooError: the constructor can't find the weights, or finds others than were asked for.
    """

    standard_inception: ClassVar[bool] = False
    """Whether this is the Inception network of the FID literature, with its weights, its layer and its
    resizing; only then is a Fréchet distance called FID."""

    self_contained: ClassVar[bool] = False
    """Whether it needs nothing but the data set; such a one is used where none is named."""

    features: int
    """Length of a vector."""
    protocol: FeatureProtocol
    class_names: tuple[str, ...]
    """The data set's classes, where these are what the logits tell apart; else empty."""

    @abstractmethod
    def forward(self, images: Tensor) -> Features:
        """Maps images `(B, C, H, W)` uint8, grey or colour and of any size, to features. It resizes
        and normalises them itself.
        """
