"""Adafactor: squares remembered by row and column, which takes little memory.

Shazeer and Stern, 2018, "Adafactor: Adaptive Learning Rates with Sublinear Memory Cost", algorithms 4 and 5.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import torch
from torch import Tensor, nn

from ganzoo.interfaces import Optimizer
from ganzoo_optimizers.limits import require, require_not_negative


@final
class Adafactor(Optimizer):
    """Squares by row and column, which takes little memory (Shazeer and Stern, 2018)."""

    ganzoo_api = 1

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Settings of `adafactor`, with the names and the defaults of torch.optim.Adafactor."""

        beta2_decay: float = -0.8
        """Power of the step by which the square's decay rate approaches 1."""

        eps1: float | None = None
        """What is added to the square; none: the smallest difference of the weights' type."""

        eps2: float = 1e-3
        """The least size of a weight that a step is measured by."""

        d: float = 1.0
        """Largest root mean square of a step."""

        weight_decay: float = 0.0
        """Share of each weight that a step takes away, times the step size."""

        def __post_init__(self) -> None:
            require_not_negative(self, "eps2", "weight_decay")
            require(self.beta2_decay <= 0, "beta2_decay", self.beta2_decay, "at most 0")
            require(self.d >= 1, "d", self.d, "at least 1")
            if self.eps1 is not None:
                require_not_negative(self, "eps1")

    def __init__(self, config: Config) -> None:
        self._config = config

    def make(
        self, parameters: Sequence[nn.Parameter], learning_rate: float | Tensor
    ) -> torch.optim.Optimizer:
        """Makes a torch.optim.Adafactor."""
        config = self._config
        return torch.optim.Adafactor(
            parameters,
            lr=learning_rate,
            beta2_decay=config.beta2_decay,
            eps=(config.eps1, config.eps2),
            d=config.d,
            weight_decay=config.weight_decay,
        )
