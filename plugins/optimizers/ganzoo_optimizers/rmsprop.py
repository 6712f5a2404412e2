"""RMSprop: the gradient divided by its size of late.

Tieleman and Hinton, 2012, "Lecture 6.5: rmsprop"; centered as Graves, 2013, "Generating Sequences
With Recurrent Neural Networks", equations 38 to 45.
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
class RMSprop(Optimizer):
    """The gradient divided by its size of late (Tieleman and Hinton, 2012)."""

    ganzoo_api = 1

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Settings of `rmsprop`, with the names and the defaults of torch.optim.RMSprop."""

        alpha: float = 0.99
        """Decay rate of the gradient's square."""

        eps: float = 1e-8
        """What the root of the square is kept above zero by."""

        weight_decay: float = 0.0
        """Share of each weight that is added to its gradient."""

        momentum: float = 0.0
        """Share of the last step that the next one begins with."""

        centered: bool = False
        """Whether the gradient is divided by its deviation instead (Graves, 2013)."""

        def __post_init__(self) -> None:
            require_share(self, "alpha")
            require_not_negative(self, "eps", "weight_decay", "momentum")

    def __init__(self, config: Config) -> None:
        self._config = config

    def make(
        self, parameters: Sequence[nn.Parameter], learning_rate: float | Tensor
    ) -> torch.optim.Optimizer:
        """Makes a torch.optim.RMSprop."""
        config = self._config
        return torch.optim.RMSprop(
            parameters,
            lr=learning_rate,
            alpha=config.alpha,
            eps=config.eps,
            weight_decay=config.weight_decay,
            momentum=config.momentum,
            centered=config.centered,
            capturable=isinstance(learning_rate, Tensor),
        )
