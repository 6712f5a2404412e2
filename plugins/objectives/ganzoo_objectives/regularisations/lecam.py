"""LeCam: what the discriminator says of one side is held to what it used to say of the other.

Tseng et al., 2021, "Regularizing Generative Adversarial Networks under Limited Data"; the form and the
numbers are those of PyTorch-StudioGAN for CIFAR-10, which follows the authors' released code.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ganzoo.interfaces import Batch, Discriminator, Judge, Regularisation
from ganzoo_objectives.regularisations.settings import PenaltySettings


@final
class LeCam(Regularisation, nn.Module):
    """Logits held to the moving average of the other side's, for few images (Tseng et al., 2021)."""

    ganzoo_api = 1

    @dataclass(frozen=True, kw_only=True)
    class Config(PenaltySettings):
        """Settings of `lecam`."""

        weight: float = 0.3
        """Weight of the penalty, λ (PyTorch-StudioGAN, CIFAR10)."""

        decay: float = 0.99
        """Share of themselves that the averages keep from one penalty to the next (the same)."""

        start: int = 1000
        """Penalties that are left out at the beginning, while the averages follow each batch (the same, which
        counts steps of the generator). Each micro-batch of `training.accumulate` has a penalty of its own."""

        def __post_init__(self) -> None:
            super().__post_init__()
            if not 0 <= self.decay < 1:
                raise ValueError(f"decay must be at least 0 and below 1, not {self.decay}")
            if self.start < 0:
                raise ValueError(f"start must be 0 or more, not {self.start}")

    real_average: Tensor
    fake_average: Tensor
    calls: Tensor

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.every = config.every
        self._weight, self._decay, self._start = config.weight, config.decay, config.start
        self.register_buffer("real_average", torch.zeros(()))
        self.register_buffer("fake_average", torch.zeros(()))
        self.register_buffer("calls", torch.zeros((), dtype=torch.int64))

    def penalty(self, judge: Judge, real: Batch, fake: Batch) -> Tensor:
        """`λ · (E[max(0, D(x) - a)²] + E[max(0, b - D(G(z)))²])`, a scalar.

        a is the moving average of the logits of fakes, b that of real images, this batch included.
        """
        started = self.calls >= self._start
        self._follow(self.real_average, judge.real_logits, started)
        self._follow(self.fake_average, judge.fake_logits, started)
        self.calls += 1
        # Copies: the next batch changes the averages while this one's gradients may still be wanted.
        of_real = F.relu(judge.real_logits - self.fake_average.clone()).square().mean()
        of_fake = F.relu(self.real_average.clone() - judge.fake_logits).square().mean()
        return self._weight * started * (of_real + of_fake)

    @torch.no_grad()
    def _follow(self, average: Tensor, logits: Tensor, started: Tensor) -> None:
        average.lerp_(logits.mean(), torch.where(started, 1 - self._decay, 1.0))

    def constrain(self, discriminator: Discriminator) -> None:
        """Leaves the weights as they are."""
