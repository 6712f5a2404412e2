"""Counts on the object."""

import torch
from right_parts import RightOptimizer


class Warming(torch.optim.Optimizer):
    """Gradient descent whose first steps are small."""

    steps = 0

    @torch.no_grad()
    def step(self, closure=None):
        self.steps += 1
        for group in self.param_groups:
            for parameter in (each for each in group["params"] if each.grad is not None):
                parameter.sub_(min(1, self.steps / 10) * group["lr"] * parameter.grad)


class Wrong(RightOptimizer):
    """Gradient descent with a warm-up that begins again in every resumed run."""

    ganzoo_api = 1

    def make(self, parameters, learning_rate):
        return Warming(parameters, {"lr": learning_rate})
