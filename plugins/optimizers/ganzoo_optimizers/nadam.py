"""NAdam: Adam with Nesterov's momentum.

Dozat, 2016, "Incorporating Nesterov Momentum into Adam".
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
class NAdam(Optimizer):
    """Adam with Nesterov's momentum (Dozat, 2016)."""

    ganzoo_api = 1

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Settings of `nadam`, with the names and the defaults of torch.optim.NAdam."""

        beta1: float = 0.9
        """Decay rate of the gradient's mean."""

        beta2: float = 0.999
        """Decay rate of the gradient's square."""

        eps: float = 1e-8
        """What the root of the square is kept above zero by."""

        weight_decay: float = 0.0
        """Share of each weight that is added to its gradient."""

        momentum_decay: float = 0.004
        """How fast the momentum approaches beta1."""

        decoupled_weight_decay: bool = False
        """Whether the decay is taken from the weight itself instead, as `adamw` does."""

        def __post_init__(self) -> None:
            require_share(self, "beta1", "beta2")
            require_not_negative(self, "eps", "weight_decay", "momentum_decay")

    def __init__(self, config: Config) -> None:
        self._config = config

    def make(
        self, parameters: Sequence[nn.Parameter], learning_rate: float | Tensor
    ) -> torch.optim.Optimizer:
        """Makes a torch.optim.NAdam."""
        config = self._config
        return torch.optim.NAdam(
            parameters,
            lr=learning_rate,
            betas=(config.beta1, config.beta2),
            eps=config.eps,
            weight_decay=config.weight_decay,
            momentum_decay=config.momentum_decay,
            decoupled_weight_decay=config.decoupled_weight_decay,
            capturable=isinstance(learning_rate, Tensor),
        )
