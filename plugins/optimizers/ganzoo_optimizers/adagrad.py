"""Adagrad: the gradient divided by its size of all time.

Duchi, Hazan and Singer, 2011, "Adaptive Subgradient Methods for Online Learning and Stochastic Optimization".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import torch
from torch import Tensor, nn

from ganzoo.interfaces import Optimizer
from ganzoo_optimizers.limits import require_not_negative


@final
class Adagrad(Optimizer):
    """The gradient divided by its size of all time (Duchi et al., 2011)."""

    ganzoo_api = 1

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Settings of `adagrad`, with the names and the defaults of torch.optim.Adagrad."""

        lr_decay: float = 0.0
        """By how much of itself the step size shrinks with each step."""

        weight_decay: float = 0.0
        """Share of each weight that is added to its gradient."""

        initial_accumulator_value: float = 0.0
        """Sum of squares that the first step finds."""

        eps: float = 1e-10
        """What the root of the sum is kept above zero by."""

        def __post_init__(self) -> None:
            require_not_negative(self, "lr_decay", "weight_decay", "initial_accumulator_value", "eps")

    def __init__(self, config: Config) -> None:
        self._config = config

    def make(
        self, parameters: Sequence[nn.Parameter], learning_rate: float | Tensor
    ) -> torch.optim.Optimizer:
        """Makes a torch.optim.Adagrad."""
        config = self._config
        return torch.optim.Adagrad(
            parameters,
            lr=learning_rate,
            lr_decay=config.lr_decay,
            weight_decay=config.weight_decay,
            initial_accumulator_value=config.initial_accumulator_value,
            eps=config.eps,
        )
