"""How the learning rate changes over a run."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Final

from torch import Tensor
from torch.optim import Optimizer

_FACTORS: Final[Mapping[str, Callable[[float], float]]] = {
    "constant": lambda _: 1.0,
    "linear": lambda progress: 1.0 - progress,
    "cosine": lambda progress: (1.0 + math.cos(math.pi * progress)) / 2.0,
}


def factor(schedule: str, step: int, total_steps: int) -> float:
    """What the learning rate is multiplied with at a step counted from 0."""
    return _FACTORS[schedule](step / total_steps)


def set_learning_rate(optimizer: Optimizer, learning_rate: float) -> None:
    """Sets the step size of the next update."""
    for group in optimizer.param_groups:
        if isinstance(group["lr"], Tensor):
            group["lr"].fill_(learning_rate)
        else:
            group["lr"] = learning_rate
