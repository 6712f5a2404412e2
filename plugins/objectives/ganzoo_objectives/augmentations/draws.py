"""Random numbers for each image of a batch, drawn with a probability, else what changes nothing.

Karras et al., 2020, "Training Generative Adversarial Networks with Limited Data", appendix B. Shape: B batch.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import final

import torch
from torch import Tensor


@final
class Draw:
    """Numbers for each image of a batch, drawn with probability `strength`, else what changes nothing."""

    def __init__(self, batch: int, strength: Tensor) -> None:
        self._batch, self._strength = batch, strength

    def normal(self, deviation: float) -> Tensor:
        """N(0, deviation²), else 0, `(B,)`."""
        return torch.where(self.happens(), deviation * self._random(torch.randn), 0.0)

    def two_normal(self, deviation: float) -> tuple[Tensor, Tensor]:
        """Two of N(0, deviation²), else 0 and 0, `(B,)` each: one decision is made about both."""
        happens = self.happens()
        first, second = (deviation * self._random(torch.randn) for _ in range(2))
        return torch.where(happens, first, 0.0), torch.where(happens, second, 0.0)

    def scale(self, deviation: float) -> Tensor:
        """2 to the power of N(0, deviation²), else 1, `(B,)`."""
        return torch.exp2(self.normal(deviation))

    def uniform(self, most: float) -> Tensor:
        """U(-most, most), else 0, `(B,)`."""
        return torch.where(self.happens(), self.between(-most, most), 0.0)

    def two_uniform(self, most: float) -> tuple[Tensor, Tensor]:
        """Two of U(-most, most), else 0 and 0, `(B,)` each: one decision is made about both."""
        happens = self.happens()
        first, second = (self.between(-most, most) for _ in range(2))
        return torch.where(happens, first, 0.0), torch.where(happens, second, 0.0)

    def uniform_of_two(self, most: float) -> Tensor:
        """U(-most, most), else 0, `(B,)`, so seldom that one of two happens with probability `strength`."""
        happens = self._random(torch.rand) < 1 - torch.sqrt(1 - self._strength)
        return torch.where(happens, self.between(-most, most), 0.0)

    def one_of(self, count: int) -> Tensor:
        """0, ..., count - 1, else 0, `(B,)` floats."""
        chosen = (count * self._random(torch.rand)).floor()
        return torch.where(self.happens(), chosen, 0.0)

    def happens(self) -> Tensor:
        """Whether it does, `(B,)` bool."""
        return self._random(torch.rand) < self._strength

    def between(self, least: float, most: float) -> Tensor:
        """U(least, most), `(B,)`, whatever the strength."""
        return least + (most - least) * self._random(torch.rand)

    def _random(self, distribution: Callable[..., Tensor]) -> Tensor:
        return distribution(self._batch, dtype=self._strength.dtype, device=self._strength.device)
