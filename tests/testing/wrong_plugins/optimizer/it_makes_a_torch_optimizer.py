"""Forgets what is no matrix."""

from right_parts import RightOptimizer


class Wrong(RightOptimizer):
    """Momentum for matrices and kernels alone."""

    ganzoo_api = 1

    def make(self, parameters, learning_rate):
        return super().make([each for each in parameters if each.dim() > 1], learning_rate)
