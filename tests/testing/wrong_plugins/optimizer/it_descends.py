"""Goes uphill."""

import torch
from right_parts import RightOptimizer


class Wrong(RightOptimizer):
    """Gradient ascent."""

    ganzoo_api = 1

    def make(self, parameters, learning_rate):
        return torch.optim.SGD(parameters, lr=learning_rate, maximize=True)
