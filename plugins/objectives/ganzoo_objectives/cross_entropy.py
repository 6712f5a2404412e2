"""Binary cross-entropy from logits, and its setting, which the two forms of the original loss share."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor


@dataclass(frozen=True, kw_only=True)
class CrossEntropySettings:
    """Settings of `bce` and `minimax`."""

    real_target: float = 1.0
    """Target probability of "real" for real images; 0.9 is one-sided label smoothing (Salimans et al., 2016,
    section 3.4)."""

    def __post_init__(self) -> None:
        if not 0 < self.real_target <= 1:
            raise ValueError(f"real_target must be above 0 and at most 1, not {self.real_target}")


def cross_entropy(logits: Tensor, target: float) -> Tensor:
    """The mean of `-target·log D - (1 - target)·log(1 - D)`, D = sigmoid(logits), in float32 or wider."""
    logits = logits.to(torch.promote_types(logits.dtype, torch.float32))
    return F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, target))
