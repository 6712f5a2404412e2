"""R2: a discriminator that is flat where the generator's images are.

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
class R2(Regularisation):
    """Squared slope of the logits of generated images (Mescheder et al., 2018)."""

    ganzoo_api = 1

    @dataclass(frozen=True, kw_only=True)
    class Config(PenaltySettings):
        """Settings of `r2`."""

        weight: float = 10.0
        """Weight of the penalty, γ: the paper's for R1 and R2 alike."""

    def __init__(self, config: Config) -> None:
        self.every = config.every
        self._weight = config.weight

    def penalty(self, judge: Judge, real: Batch, fake: Batch) -> Tensor:
        """`γ/2 · E[‖∇D(G(z))‖²]` over fakes (equation 10), a scalar."""
        return self._weight / 2 * mean_squared_slope(judge, *fake)

    def constrain(self, discriminator: Discriminator) -> None:
        """Leaves the weights as they are."""
