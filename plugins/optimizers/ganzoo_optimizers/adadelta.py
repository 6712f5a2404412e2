"""Adadelta: steps as large as those of late.

Zeiler, 2012, "ADADELTA: An Adaptive Learning Rate Method", algorithm 1, whose step size is 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import torch
from torch import Tensor, nn

from ganzoo.interfaces import Optimizer
from ganzoo_optimizers.limits import require_not_negative, require_share


@final
class Adadelta(Optimizer):
    """Steps as large as those of late, whose learning rate is 1 in the paper (Zeiler, 2012)."""

    ganzoo_api = 1

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Settings of `adadelta`, with the names and the defaults of torch.optim.Adadelta."""

        rho: float = 0.9
        """Decay rate of both squares, the gradient's and the step's."""

        eps: float = 1e-6
        """What both roots are kept above zero by."""

        weight_decay: float = 0.0
        """Share of each weight that is added to its gradient."""

        def __post_init__(self) -> None:
            require_share(self, "rho")
            require_not_negative(self, "eps", "weight_decay")

    def __init__(self, config: Config) -> None:
        self._config = config

    def make(
        self, parameters: Sequence[nn.Parameter], learning_rate: float | Tensor
    ) -> torch.optim.Optimizer:
        """Makes a torch.optim.Adadelta."""
        config = self._config
        return torch.optim.Adadelta(
            parameters,
            lr=learning_rate,
            rho=config.rho,
            eps=config.eps,
            weight_decay=config.weight_decay,
            capturable=isinstance(learning_rate, Tensor),
        )
