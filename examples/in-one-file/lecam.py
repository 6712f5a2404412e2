"""An objective that remembers: the hinge loss, held near the moving means of its logits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import torch
from torch import Tensor, nn

from ganzoo.interfaces import Objective


@final
class LeCam(Objective, nn.Module):
    """Hinge loss with LeCam regularisation (Tseng et al., 2021, equations 4 and 5)."""

    ganzoo_api = 1

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Settings of `LeCam`."""

        strength: float = 0.3
        """Weight of the distances to the means."""

        decay: float = 0.99
        """What a mean keeps of itself from batch to batch."""

    real_mean: Tensor
    fake_mean: Tensor

    def __init__(self, config: Config) -> None:
        super().__init__()
        self._config = config
        self.register_buffer("real_mean", torch.zeros(()))
        self.register_buffer("fake_mean", torch.zeros(()))

    def discriminator_loss(self, real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        """The hinge loss of logits `(B,)`, and their squared distances to the other side's mean."""
        hinge = (1 - real_logits).relu().mean() + (1 + fake_logits).relu().mean()
        distance = (real_logits - self.fake_mean).square().mean()
        distance = distance + (fake_logits - self.real_mean).square().mean()
        with torch.no_grad():  # the next batch is compared with what this one has left
            self.real_mean.lerp_(real_logits.mean().float(), 1 - self._config.decay)
            self.fake_mean.lerp_(fake_logits.mean().float(), 1 - self._config.decay)
        return hinge + self._config.strength * distance

    def generator_loss(self, fake_logits: Tensor, real_logits: Tensor | None = None) -> Tensor:
        """The negative mean of logits `(B,)`."""
        return -fake_logits.mean()
