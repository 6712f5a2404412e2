"""The Vendi score: how many different images there are, by their features.

    V = exp(-Σ_i λ_i ln λ_i)    with λ the eigenvalues of K/N, K_ij = x_i·x_j / (|x_i| |x_j|)

Reference:
    Friedman and Dieng, 2023, "The Vendi Score: A Diversity Evaluation Metric for Machine
    Learning", definition 3.1,
    with the cosine kernel. The N×N matrix has the eigenvalues of the D×D one, and zeros (section 3.2).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, final

import torch

from ganzoo.interfaces import LabelledFeatures, Metric


@final
class VendiScore(Metric):
    """How many different images there are, by their features (Friedman and Dieng, 2023)."""

    ganzoo_api = 1

    lower_is_better: ClassVar[bool | None] = False
    least: ClassVar[float] = 1.0

    def __init__(self, config: object) -> None:
        pass

    def measure(
        self,
        generated: LabelledFeatures,
        real: LabelledFeatures,
        of_split: Callable[[str], LabelledFeatures],
    ) -> float:
        """The score of the generated images alone; it has no need of the real ones."""
        vectors = generated.vectors.double()
        vectors = vectors / vectors.norm(dim=1, keepdim=True).clamp(min=1e-12)
        values = torch.linalg.eigvalsh(vectors.T @ vectors / len(vectors))
        return max(1.0, float(torch.special.entr(values.clamp(min=0)).sum().exp()))
