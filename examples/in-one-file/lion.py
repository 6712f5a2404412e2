"""An optimiser: the sign of a mean of gradients."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from ganzoo.interfaces import Optimizer


class LionSteps(torch.optim.Optimizer):
    """Algorithm 2 of Chen et al., 2023, with the mean in the state."""

    def __init__(self, parameters: Sequence[nn.Parameter], lr: float | Tensor) -> None:
        super().__init__(parameters, {"lr": lr, "betas": (0.9, 0.99)})

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:
        """Changes the parameters that have a gradient."""
        for group in self.param_groups:
            first, second = group["betas"]
            for parameter in filter(lambda each: each.grad is not None, group["params"]):
                state = self.state[parameter]
                mean = state.setdefault("mean", torch.zeros_like(parameter))
                parameter.sub_(group["lr"] * mean.lerp(parameter.grad, 1 - first).sign())
                mean.lerp_(parameter.grad, 1 - second)


class Lion(Optimizer):
    """Steps by the sign of the gradients' mean (Chen et al., 2023)."""

    ganzoo_api = 1

    def __init__(self, config: object) -> None:
        pass

    def make(
        self, parameters: Sequence[nn.Parameter], learning_rate: float | Tensor
    ) -> torch.optim.Optimizer:
        """The torch optimiser of one player."""
        return LionSteps(parameters, learning_rate)
