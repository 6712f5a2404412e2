"""Label dropout, which the conditionings share: now and then a network is not told the class.

Ho and Salimans, 2021, "Classifier-Free Diffusion Guidance", algorithm 1, where a label is replaced by one
that says nothing. A network trained so learns what all classes share beside what each has alone.
"""

from __future__ import annotations

import torch
from torch import Tensor


def require_probability(dropout: float) -> None:
    """Refuses what is no probability below 1.

    Raises:
        ValueError: the value is below 0, or 1 or more: then nobody would learn any label.
    """
    if not 0 <= dropout < 1:
        raise ValueError(f"dropout must be 0 or more and below 1, not {dropout}")


def drop_labels(vectors: Tensor, probability: float) -> Tensor:
    """Makes whole vectors `(B, features)` zero, each with the same probability.

    Zeros mean "no class", which no class has. The other vectors stay as they are: unlike in dropout of
    features, nothing is to keep its mean.
    """
    if probability == 0:
        return vectors
    is_kept = torch.rand(len(vectors), 1, device=vectors.device) >= probability
    return vectors * is_kept
