"""An objective with a state of its own: a weight that falls with every loss that it has computed."""

from __future__ import annotations

from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor

from ganzoo.interfaces import Objective


class Fading(Objective):
    """The original loss, the discriminator's share of which fades with the updates."""

    ganzoo_api = 1

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """How fast it fades."""

        rate: float = 0.01
        """Share of the weight that an update takes away."""

    def __init__(self, config: Config) -> None:
        self._rate, self._weight = config.rate, 1.0

    def discriminator_loss(self, real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        """The loss of Goodfellow et al. (2014), times the weight that is left."""
        self._weight *= 1 - self._rate
        return self._weight * (F.softplus(-real_logits).mean() + F.softplus(fake_logits).mean())

    def generator_loss(self, fake_logits: Tensor, real_logits: Tensor | None = None) -> Tensor:
        """The non-saturating loss."""
        return F.softplus(-fake_logits).mean()
