"""Components: what fills the slots of a model, and the factories that a model receives."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Protocol

from torch import Tensor, nn


class Conditioning(nn.Module, ABC):
    """Represents a label as a vector. The core calls `Class(config, num_classes)`.

    Implementations are interchangeable: whoever uses one reads its `features` and nothing else.
    """

    features: int
    """Length of the vector."""

    @abstractmethod
    def forward(self, labels: Tensor) -> Tensor:
        """Maps labels `(B,)` int64 to float vectors `(B, features)`.

        Raises:
            ValueError: as `require_labels` does, with which an implementation begins.
        """


class Upsampling(nn.Module, ABC):
    """Doubles height and width. The core calls `Class(config, in_channels, out_channels, bias=True)`;
    with `bias=False` the block has no additive constant (batch normalisation follows and has one).
    """

    @abstractmethod
    def forward(self, images: Tensor) -> Tensor:
        """Maps `(B, in_channels, H, W)` to `(B, out_channels, 2H, 2W)`."""


class ConditioningFactory(Protocol):
    """A chosen `Conditioning` with its settings bound: what a `conditioning` slot receives."""

    def __call__(self, num_classes: int) -> Conditioning: ...


class UpsamplingFactory(Protocol):
    """A chosen `Upsampling` with its settings bound: what a model's `upsampling` slot receives."""

    def __call__(self, in_channels: int, out_channels: int, *, bias: bool = True) -> Upsampling: ...
