"""AdamW: Adam whose weight decay is apart from the gradient.

Loshchilov and Hutter, 2019, "Decoupled Weight Decay Regularization", algorithm 2.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import torch
from torch import Tensor, nn

from ganzoo.interfaces import Optimizer
from ganzoo_optimizers.fused import can_be_fused
from ganzoo_optimizers.limits import require_not_negative, require_share


@final
class AdamW(Optimizer):
    """Adam, with a weight decay apart from the gradient (Loshchilov and Hutter, 2019)."""

    ganzoo_api = 1

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Settings of `adamw`, with the names and the defaults of torch.optim.AdamW."""

        beta1: float = 0.9
        """Decay rate of the gradient's mean."""

        beta2: float = 0.999
        """Decay rate of the gradient's square."""

        eps: float = 1e-8
        """What the root of the square is kept above zero by."""

        weight_decay: float = 0.01
        """Share of each weight that a step takes away, times the step size."""

        amsgrad: bool = False
        """Whether the square never shrinks (Reddi et al., 2018)."""

        def __post_init__(self) -> None:
            require_share(self, "beta1", "beta2")
            require_not_negative(self, "eps", "weight_decay")

    def __init__(self, config: Config) -> None:
        self._config = config

    def make(
        self, parameters: Sequence[nn.Parameter], learning_rate: float | Tensor
    ) -> torch.optim.Optimizer:
        """Makes a torch.optim.AdamW."""
        config = self._config
        return torch.optim.AdamW(
            parameters,
            lr=learning_rate,
            betas=(config.beta1, config.beta2),
            eps=config.eps,
            weight_decay=config.weight_decay,
            amsgrad=config.amsgrad,
            fused=can_be_fused(parameters),
            capturable=isinstance(learning_rate, Tensor),
        )
