"""A fixed vector for every class: all zeros, and a one at the class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import torch
import torch.nn.functional as F
from torch import Tensor

from ganzoo.interfaces import Conditioning, require_labels
from ganzoo_components.conditionings.dropout import drop_labels
from ganzoo_components.layers import require_probability


@final
class OneHot(Conditioning):
    """One number a class, 1 at the label and 0 elsewhere (Mirza and Osindero, 2014, section 4.1)."""

    ganzoo_api = 1

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Settings of `one-hot`."""

        dropout: float = 0.0
        """Probability that, in training, a label is dropped: its vector is then all zeros (Ho and Salimans,
        2021, algorithm 1)."""

        def __post_init__(self) -> None:
            require_probability(self, "dropout")

    identity: Tensor

    def __init__(self, config: Config, num_classes: int) -> None:
        super().__init__()
        self.features = num_classes
        self._dropout = config.dropout
        # A buffer follows the network's device and type; nothing in it is worth a place in a checkpoint.
        self.register_buffer("identity", torch.eye(num_classes), persistent=False)

    def forward(self, labels: Tensor) -> Tensor:
        """Maps labels `(B,)` int64 to float vectors `(B, num_classes)`."""
        vectors = F.embedding(require_labels(labels, self.features), self.identity)
        return drop_labels(vectors, self._dropout) if self.training else vectors
