"""Weight clipping: the first way to keep the discriminator of a Wasserstein GAN Lipschitz.

Arjovsky, Chintala and Bottou, 2017, "Wasserstein GAN".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import torch
from torch import Tensor

from ganzoo.interfaces import Batch, Discriminator, Judge, Regularisation


@final
class WeightClipping(Regularisation):
    """Weights kept small, as the first Wasserstein GAN did (Arjovsky et al., 2017)."""

    ganzoo_api = 1

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Settings of `weight-clipping`."""

        bound: float = 0.01
        """Bound c: every parameter of the discriminator stays between -c and c (algorithm 1)."""

        def __post_init__(self) -> None:
            if not self.bound > 0:
                raise ValueError(f"bound must be above 0, not {self.bound}")

    every = 1

    def __init__(self, config: Config) -> None:
        self._bound = config.bound

    def penalty(self, judge: Judge, real: Batch, fake: Batch) -> Tensor:
        """Zero: nothing is added to the loss."""
        return torch.zeros((), device=real.images.device)

    @torch.no_grad()
    def constrain(self, discriminator: Discriminator) -> None:
        """`w ← clip(w, -c, c)` after each update (algorithm 1, line 7), biases included."""
        for parameter in discriminator.parameters():
            parameter.clamp_(-self._bound, self._bound)
