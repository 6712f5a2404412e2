"""R1 and R2 together, which make the relativistic objective converge.

Huang et al., 2024, "The GAN is dead; long live the GAN! A Modern GAN Baseline" (R3GAN).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from torch import Tensor

from ganzoo.interfaces import Batch, Discriminator, Judge, Regularisation
from ganzoo_objectives.regularisations.gradients import mean_squared_slope
from ganzoo_objectives.regularisations.settings import PenaltySettings, require_weight


@final
class R1R2(Regularisation):
    """Squared slopes at real and at generated images (Huang et al., 2024)."""

    ganzoo_api = 1

    @dataclass(frozen=True, kw_only=True)
    class Config(PenaltySettings):
        """Settings of `r1-r2`."""

        weight: float = 0.05
        """Weight of R1, γ, and of R2 too unless `fake_weight` is set. 0.05 is where the authors begin on
        CIFAR-10; they let it fall to a tenth. For 256x256 they begin with 150."""

        fake_weight: float | None = None
        """Weight of R2, γ; none: the same as that of R1."""

        def __post_init__(self) -> None:
            super().__post_init__()
            require_weight("fake_weight", self.weight_of_fake)

        @property
        def weight_of_fake(self) -> float:
            """γ of R2."""
            return self.weight if self.fake_weight is None else self.fake_weight

    def __init__(self, config: Config) -> None:
        self.every = config.every
        self._weight, self._fake_weight = config.weight, config.weight_of_fake

    def penalty(self, judge: Judge, real: Batch, fake: Batch) -> Tensor:
        """`γ₁/2 · E[‖∇D(x)‖²] + γ₂/2 · E[‖∇D(G(z))‖²]` (section 2), a scalar."""
        of_real = self._weight / 2 * mean_squared_slope(judge, *real)
        of_fake = self._fake_weight / 2 * mean_squared_slope(judge, *fake)
        return of_real + of_fake

    def constrain(self, discriminator: Discriminator) -> None:
        """Leaves the weights as they are."""
