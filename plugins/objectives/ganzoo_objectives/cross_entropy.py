"""Binary cross-entropy from logits, which the two forms of the original loss share."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def cross_entropy(logits: Tensor, target: float) -> Tensor:
    """The mean of `-target·log D - (1 - target)·log(1 - D)`, D = sigmoid(logits), in float32 or wider."""
    logits = logits.to(torch.promote_types(logits.dtype, torch.float32))
    return F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, target))


def require_real_target(value: float) -> None:
    """Refuses what is no probability of a real image.

    Raises:
        ValueError: the value is not above 0 and at most 1.
    """
    if not 0 < value <= 1:
        raise ValueError(f"real_target must be above 0 and at most 1, not {value}")
