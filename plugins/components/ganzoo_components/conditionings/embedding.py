"""A learned vector for every class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from torch import Tensor, nn

from ganzoo.interfaces import Conditioning, require_labels
from ganzoo_components.conditionings.dropout import drop_labels
from ganzoo_components.layers import require_positive, require_probability


@final
class Embedding(Conditioning):
    """A learned vector for every class (Brownlee, 2019, for conditional GANs)."""

    ganzoo_api = 1

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Settings of `embedding`."""

        features: int = 50
        """Length of the vector."""

        dropout: float = 0.0
        """Probability that, in training, a label is dropped: its vector is then all zeros (Ho and Salimans,
        2021, algorithm 1)."""

        def __post_init__(self) -> None:
            require_probability(self, "dropout")
            require_positive(self, "features")

    def __init__(self, config: Config, num_classes: int) -> None:
        super().__init__()
        self.features = config.features
        self.embedding = nn.Embedding(num_classes, config.features)
        self._dropout = config.dropout

    def forward(self, labels: Tensor) -> Tensor:
        """Maps labels `(B,)` int64 to float vectors `(B, features)`."""
        vectors: Tensor = self.embedding(require_labels(labels, self.embedding.num_embeddings))
        return drop_labels(vectors, self._dropout) if self.training else vectors
