"""Adamax: Adam with the largest gradient in place of the square.

Kingma and Ba, 2015, "Adam: A Method for Stochastic Optimization", algorithm 2.
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
class Adamax(Optimizer):
    """Adam with the infinity norm (Kingma and Ba, 2015)."""

    ganzoo_api = 1

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Settings of `adamax`, with the names and the defaults of torch.optim.Adamax."""

        beta1: float = 0.9
        """Decay rate of the gradient's mean."""

        beta2: float = 0.999
        """Decay rate of the gradient's largest size."""

        eps: float = 1e-8
        """What the largest size is kept above zero by."""

        weight_decay: float = 0.0
        """Share of each weight that is added to its gradient."""

        def __post_init__(self) -> None:
            require_share(self, "beta1", "beta2")
            require_not_negative(self, "eps", "weight_decay")

    def __init__(self, config: Config) -> None:
        self._config = config

    def make(
        self, parameters: Sequence[nn.Parameter], learning_rate: float | Tensor
    ) -> torch.optim.Optimizer:
        """Makes a torch.optim.Adamax."""
        config = self._config
        return torch.optim.Adamax(
            parameters,
            lr=learning_rate,
            betas=(config.beta1, config.beta2),
            eps=config.eps,
            weight_decay=config.weight_decay,
            capturable=isinstance(learning_rate, Tensor),
        )
