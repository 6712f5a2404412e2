"""Adam, by which nearly every published GAN was trained.

Kingma and Ba, 2015, "Adam: A Method for Stochastic Optimization", algorithm 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

import torch
from torch import Tensor, nn

from ganzoo.interfaces import Optimizer
from ganzoo_optimizers.fused import can_be_fused
from ganzoo_optimizers.limits import require_not_negative, require_share


@final
class Adam(Optimizer):
    """Steps of the gradient's mean over the root of its square (Kingma and Ba, 2015)."""

    ganzoo_api = 1
    usual = True

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Settings of `adam`, with the names and the defaults of torch.optim.Adam, except for beta1."""

        beta1: float = 0.5
        """Decay rate of the gradient's mean; 0.5 is what GANs need (Radford et al., 2015, section 4)."""

        beta2: float = 0.999
        """Decay rate of the gradient's square."""

        final_beta2: float | None = None
        """beta2 where the schedule ends; none: it stays."""

        eps: float = 1e-8
        """What the root of the square is kept above zero by."""

        weight_decay: float = 0.0
        """Share of each weight that is added to its gradient."""

        amsgrad: bool = False
        """Whether the square never shrinks (Reddi et al., 2018)."""

        def __post_init__(self) -> None:
            require_share(self, "beta1", "beta2")
            if self.final_beta2 is not None:
                require_share(self, "final_beta2")
            require_not_negative(self, "eps", "weight_decay")

    def __init__(self, config: Config) -> None:
        self._config = config
        moves = config.final_beta2 not in (None, config.beta2)
        self.final_numbers: Mapping[str, Any] = {"betas": (config.beta1, config.final_beta2)} if moves else {}

    def make(
        self, parameters: Sequence[nn.Parameter], learning_rate: float | Tensor
    ) -> torch.optim.Optimizer:
        """Makes a torch.optim.Adam."""
        config = self._config
        return torch.optim.Adam(
            parameters,
            lr=learning_rate,
            betas=(config.beta1, config.beta2),
            eps=config.eps,
            weight_decay=config.weight_decay,
            amsgrad=config.amsgrad,
            fused=can_be_fused(parameters),
            capturable=isinstance(learning_rate, Tensor),
        )
