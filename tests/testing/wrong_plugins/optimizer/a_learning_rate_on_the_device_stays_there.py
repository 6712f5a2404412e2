"""Makes a Python number of the learning rate."""

import torch
from right_parts import RightOptimizer
from torch import Tensor


class Wrong(RightOptimizer):
    """Adam that repeats one learning rate in a CUDA graph."""

    ganzoo_api = 1

    def make(self, parameters, learning_rate):
        return torch.optim.Adam(
            parameters, lr=float(learning_rate), capturable=isinstance(learning_rate, Tensor)
        )
