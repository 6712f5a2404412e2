"""RAdam: Adam that rectifies its first steps, while the square is known badly.

Liu et al., 2020, "On the Variance of the Adaptive Learning Rate and Beyond", algorithm 2.
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
class RAdam(Optimizer):
    """Adam with rectified first steps (Liu et al., 2020)."""

    ganzoo_api = 1

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Settings of `radam`, with the names and the defaults of torch.optim.RAdam."""

        beta1: float = 0.9
        """Decay rate of the gradient's mean."""

        beta2: float = 0.999
        """Decay rate of the gradient's square."""

        eps: float = 1e-8
        """What the root of the square is kept above zero by."""

        weight_decay: float = 0.0
        """Share of each weight that is added to its gradient."""

        decoupled_weight_decay: bool = False
        """Whether the decay is taken from the weight itself instead, as `adamw` does."""

        def __post_init__(self) -> None:
            require_share(self, "beta1", "beta2")
            require_not_negative(self, "eps", "weight_decay")

    def __init__(self, config: Config) -> None:
        self._config = config

    def make(
        self, parameters: Sequence[nn.Parameter], learning_rate: float | Tensor
    ) -> torch.optim.Optimizer:
        """Makes a torch.optim.RAdam."""
        config = self._config
        return torch.optim.RAdam(
            parameters,
            lr=learning_rate,
            betas=(config.beta1, config.beta2),
            eps=config.eps,
            weight_decay=config.weight_decay,
            decoupled_weight_decay=config.decoupled_weight_decay,
            capturable=isinstance(learning_rate, Tensor),
        )
