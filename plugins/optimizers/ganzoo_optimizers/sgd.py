"""Stochastic gradient descent, with momentum where it is wanted.

Robbins and Monro, 1951, "A Stochastic Approximation Method"; momentum as Sutskever et al., 2013, "On the
importance of initialization and momentum in deep learning", with the difference that torch.optim.SGD names.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import torch
from torch import Tensor, nn

from ganzoo.interfaces import Optimizer
from ganzoo_optimizers.fused import can_be_fused
from ganzoo_optimizers.limits import require_not_negative


@final
class SGD(Optimizer):
    """Stochastic gradient descent, plain or with momentum (Sutskever et al., 2013)."""

    ganzoo_api = 1

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Settings of `sgd`, with the names and the defaults of torch.optim.SGD."""

        momentum: float = 0.0
        """Share of the last step that the next one begins with."""

        dampening: float = 0.0
        """Share of the gradient that the momentum leaves out."""

        weight_decay: float = 0.0
        """Share of each weight that is added to its gradient."""

        nesterov: bool = False
        """Whether the gradient is Nesterov's; needs momentum and no dampening."""

        def __post_init__(self) -> None:
            require_not_negative(self, "momentum", "weight_decay")
            if self.nesterov and (self.momentum == 0 or self.dampening != 0):
                raise ValueError("nesterov needs a momentum above 0 and a dampening of 0")

    def __init__(self, config: Config) -> None:
        self._config = config

    def make(
        self, parameters: Sequence[nn.Parameter], learning_rate: float | Tensor
    ) -> torch.optim.Optimizer:
        """Makes a torch.optim.SGD."""
        config = self._config
        return torch.optim.SGD(
            parameters,
            lr=learning_rate,
            momentum=config.momentum,
            dampening=config.dampening,
            weight_decay=config.weight_decay,
            nesterov=config.nesterov,
            fused=can_be_fused(parameters),
        )
