"""Has step sizes of its own, with a smallest one."""

import torch
from right_parts import RightOptimizer


class Wrong(RightOptimizer):
    """Resilient propagation, for which the learning rate is the size of the first step alone."""

    ganzoo_api = 1

    def make(self, parameters, learning_rate):
        return torch.optim.Rprop(parameters, lr=learning_rate)
