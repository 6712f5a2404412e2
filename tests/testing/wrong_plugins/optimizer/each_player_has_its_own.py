"""Saves memory in the wrong place."""

import torch
from right_parts import RightOptimizer


class Sharing(torch.optim.Optimizer):
    """Momentum in buffers that are made by shape."""

    def __init__(self, parameters, lr, buffers):
        super().__init__(parameters, {"lr": lr})
        self.buffers = buffers

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for parameter in (each for each in group["params"] if each.grad is not None):
                state = self.state[parameter]
                if not state:
                    state["mean"] = self.buffers.setdefault(parameter.shape, torch.zeros_like(parameter))
                state["mean"].mul_(0.9).add_(parameter.grad)
                parameter.sub_(group["lr"] * state["mean"])


class Wrong(RightOptimizer):
    """Momentum that both players add to."""

    ganzoo_api = 1

    def __init__(self, config):
        self.buffers = {}

    def make(self, parameters, learning_rate):
        self.buffers.clear()
        return Sharing(parameters, learning_rate, self.buffers)
