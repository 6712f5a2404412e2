"""Decays every weight, whether it takes part or not."""

import torch
from right_parts import RightOptimizer


class Decaying(torch.optim.SGD):
    """Gradient descent and a decay."""

    @torch.no_grad()
    def step(self, closure=None):
        super().step()
        for group in self.param_groups:
            for parameter in group["params"]:
                parameter.mul_(1 - 0.1 * group["lr"])


class Wrong(RightOptimizer):
    """Gradient descent with a decay of everything."""

    ganzoo_api = 1

    def make(self, parameters, learning_rate):
        return Decaying(parameters, lr=learning_rate)
