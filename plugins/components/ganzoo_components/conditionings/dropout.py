"""Label dropout, which the conditionings share: now and then a network is not told the class.

Ho and Salimans, 2021, "Classifier-Free Diffusion Guidance", algorithm 1, where a label is replaced by one
that says nothing. A network trained so learns what all classes share beside what each has alone.
"""

from __future__ import annotations

import torch
from torch import Tensor


def drop_labels(vectors: Tensor, probability: float) -> Tensor:
    """Makes whole vectors `(B, features)` zero, each with the same probability.

    Zeros mean "no class", which no class has. The other vectors stay as they are: unlike in dropout of
    features, nothing is to keep its mean.
    """
    if probability == 0:
        return vectors
    is_kept = torch.rand(len(vectors), 1, device=vectors.device) >= probability
    return vectors * is_kept
