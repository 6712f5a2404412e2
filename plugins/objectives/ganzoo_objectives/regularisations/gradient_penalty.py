"""The gradient penalty of WGAN-GP: slope 1 on the lines between real images and fakes.

Gulrajani et al., 2017, "Improved Training of Wasserstein GANs".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import torch
from torch import Tensor

from ganzoo.interfaces import Batch, Discriminator, Judge, Regularisation
from ganzoo_objectives.regularisations.gradients import mean_squared_distance_of_slope, wide
from ganzoo_objectives.regularisations.settings import PenaltySettings


@final
class GradientPenalty(Regularisation):
    """Slope 1 between real and generated images, as WGAN-GP has it (Gulrajani et al., 2017)."""

    ganzoo_api = 1

    @dataclass(frozen=True, kw_only=True)
    class Config(PenaltySettings):
        """Settings of `gradient-penalty`."""

        weight: float = 10.0
        """Weight of the penalty, λ (Gulrajani et al., 2017, section 4)."""

    def __init__(self, config: Config) -> None:
        self.every = config.every
        self._weight = config.weight

    def penalty(self, judge: Judge, real: Batch, fake: Batch) -> Tensor:
        """`λ · E[(‖∇D(x̂)‖ - 1)²]` (equation 3), a scalar; x̂ lies anywhere on the line from a real image
        to a fake. Slopes below 1 cost as much as slopes above (section 4, "two-sided penalty").

        In a conditional model the two ends have labels of their own, and there is none in between.
        x̂ bears the real one's: the discriminator is to be 1-Lipschitz for each label, and labels of
        the data come as often as they will be asked for.
        """
        real_images, fake_images = wide(real.images), wide(fake.images)
        position = torch.rand(len(real_images), 1, 1, 1, dtype=real_images.dtype, device=real_images.device)
        between = torch.lerp(fake_images, real_images, position)
        return self._weight * mean_squared_distance_of_slope(judge, between, real.labels, centre=1)

    def constrain(self, discriminator: Discriminator) -> None:
        """Leaves the weights as they are."""
