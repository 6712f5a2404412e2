"""Averaged stochastic gradient descent, of which training goes on with the plain weights.

Polyak and Juditsky, 1992, "Acceleration of Stochastic Approximation by Averaging". The learning rate of a
step comes into force one step later, as torch.optim.ASGD has it.
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
class ASGD(Optimizer):
    """Stochastic gradient descent whose step shrinks (Polyak and Juditsky, 1992)."""

    ganzoo_api = 1

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Settings of `asgd`, with the names and the defaults of torch.optim.ASGD."""

        lambd: float = 1e-4
        """Share of each weight that a step takes away, times the step size."""

        alpha: float = 0.75
        """Power by which the step size shrinks."""

        t0: float = 1e6
        """Step from which weights are averaged; the average is kept and not used."""

        weight_decay: float = 0.0
        """Share of each weight that is added to its gradient."""

        def __post_init__(self) -> None:
            require_not_negative(self, "lambd", "alpha", "t0", "weight_decay")

    def __init__(self, config: Config) -> None:
        self._config = config

    def make(
        self, parameters: Sequence[nn.Parameter], learning_rate: float | Tensor
    ) -> torch.optim.Optimizer:
        """Makes a torch.optim.ASGD."""
        config = self._config
        return torch.optim.ASGD(
            parameters,
            lr=learning_rate,
            lambd=config.lambd,
            alpha=config.alpha,
            t0=config.t0,
            weight_decay=config.weight_decay,
            capturable=isinstance(learning_rate, Tensor),
        )
