"""The Vendi score: how many different images there are, by their features.

    V = exp(-Σ_i λ_i ln λ_i)    with λ the eigenvalues of K/N, K_ij = x_i·x_j / (|x_i| |x_j|)

Reference:
    Friedman and Dieng, 2023, "The Vendi Score: A Diversity Evaluation Metric for Machine
    Learning", definition 3.1,
    with the cosine kernel. The N×N matrix has the eigenvalues of the D×D one, and zeros (section 3.2).
    Pasarkar and Dieng, 2024, "Cousins of the Vendi Score", equation 2: of order q it is
    V_q = exp(ln(Σ_i λ_i^q) / (1 - q)); the greater q, the less a rare kind of image counts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, final

import torch

from ganzoo.interfaces import LabelledFeatures, Metric


@final
class VendiScore(Metric):
    """How many different images there are, by their features (Friedman and Dieng, 2023)."""

    ganzoo_api = 1

    lower_is_better: ClassVar[bool | None] = False
    least: ClassVar[float] = 1.0

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Settings of `vendi-score`."""

        order: float = 1.0
        """How little rare kinds of images count; 1 is that of Friedman and Dieng."""

        def __post_init__(self) -> None:
            if not 0 < self.order <= 100:
                raise ValueError(f"order must be above 0 and at most 100, not {self.order}")

    def __init__(self, config: Config) -> None:
        self._order = config.order

    def measure(
        self,
        generated: LabelledFeatures,
        real: LabelledFeatures,
        of_split: Callable[[str], LabelledFeatures],
    ) -> float:
        """The score of the generated images alone; it has no need of the real ones."""
        vectors = generated.vectors.double()
        vectors = vectors / vectors.norm(dim=1, keepdim=True).clamp(min=1e-12)
        values = torch.linalg.eigvalsh(vectors.T @ vectors / len(vectors)).clamp(min=0)
        if self._order == 1:
            entropy = torch.special.entr(values).sum()
        else:
            entropy = values.pow(self._order).sum().log() / (1 - self._order)
        return max(1.0, float(entropy.exp()))
