"""R1: a discriminator that is flat where the data are lets the game come to rest there.

Mescheder, Geiger and Nowozin, 2018, "Which Training Methods for GANs do actually Converge?"
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from torch import Tensor

from ganzoo.interfaces import Batch, Discriminator, Judge, Regularisation
from ganzoo_objectives.regularisations.gradients import mean_squared_slope
from ganzoo_objectives.regularisations.settings import PenaltySettings


@final
class R1(Regularisation):
    """Squared slope of the logits of real images (Mescheder et al., 2018)."""

    ganzoo_api = 1

    @dataclass(frozen=True, kw_only=True)
    class Config(PenaltySettings):
        """Settings of `r1`."""

        weight: float = 10.0
        """Weight of the penalty, γ. The best one depends on the number of pixels: 10 is the paper's;
        0.01 is what StyleGAN2-ADA takes for CIFAR-10 (Karras et al., 2020, "Training Generative
        Adversarial Networks with Limited Data")."""

    def __init__(self, config: Config) -> None:
        self.every = config.every
        self._weight = config.weight

    def penalty(self, judge: Judge, real: Batch, fake: Batch) -> Tensor:
        """`γ/2 · E[‖∇D(x)‖²]` over real images (equation 9), a scalar."""
        return self._weight / 2 * mean_squared_slope(judge, *real)

    def constrain(self, discriminator: Discriminator) -> None:
        """Leaves the weights as they are."""
