"""Logits of a discriminator, with or without the projection of the label (Miyato and Koyama, 2018)."""

from __future__ import annotations

from typing import final

from torch import Tensor, nn

from ganzoo_components.layers.initialisation import glorot_


@final
class Projection(nn.Module):
    """The logit ψ(φ) + y·Vφ of features φ and a label's vector y (Miyato and Koyama, 2018, section 3).

    ψ is a dense layer, V a bias-free one: with a one-hot y it is exactly a table of vectors, a row a
    class. Without label features it is ψ alone.
    """

    def __init__(self, channels: int, label_features: int | None) -> None:
        super().__init__()
        self.dense = nn.Linear(channels, 1)
        self.label = None if label_features is None else nn.Linear(label_features, channels, bias=False)
        glorot_(self)

    def forward(self, features: Tensor, vectors: Tensor | None = None) -> Tensor:
        """Maps features `(B, channels)` and vectors `(B, label_features)` to logits `(B,)`."""
        logits: Tensor = self.dense(features).squeeze(1)
        if self.label is not None:
            logits = logits + (self.label(vectors) * features).sum(dim=1)
        return logits
