"""DRAGAN: slope 1 around real images, so that the discriminator has no cliffs beside the data.

Kodali et al., 2017, "On Convergence and Stability of GANs".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import torch
from torch import Tensor

from ganzoo.interfaces import Batch, Discriminator, Judge, Regularisation
from ganzoo_objectives.regularisations.gradients import mean_squared_distance_of_slope, wide
from ganzoo_objectives.regularisations.settings import PenaltySettings, require_weight


@final
class DRAGAN(Regularisation):
    """Slope 1 around real images (Kodali et al., 2017)."""

    ganzoo_api = 1

    @dataclass(frozen=True, kw_only=True)
    class Config(PenaltySettings):
        """Settings of `dragan`."""

        weight: float = 10.0
        """Weight of the penalty, λ: about 10 in Kodali et al., 2017."""

        noise: float = 0.5
        """Standard deviation of the noise, √c, in standard deviations of the batch's pixels. 0.5 is the
        factor in the authors' released code, whose noise is uniform from 0 to 1; here it is normal, as in
        the paper, which gives c on an unknown scale of pixels."""

        def __post_init__(self) -> None:
            super().__post_init__()
            require_weight("noise", self.noise)

    def __init__(self, config: Config) -> None:
        self.every = config.every
        self._weight, self._noise = config.weight, config.noise

    def penalty(self, judge: Judge, real: Batch, fake: Batch) -> Tensor:
        """`λ · E[(‖∇D(x + δ)‖ - 1)²]`, δ ~ N(0, c·1), over real images, a scalar."""
        images = wide(real.images)
        around = images + self._noise * images.std() * torch.randn_like(images)
        return self._weight * mean_squared_distance_of_slope(judge, around, real.labels, centre=1)

    def constrain(self, discriminator: Discriminator) -> None:
        """Leaves the weights as they are."""
