"""Relativistic pairing across classes: what R3GAN's objective would be if fakes got labels of their own."""

from __future__ import annotations

from typing import ClassVar, final

from ganzoo_objectives import Relativistic
from torch import Tensor

from ganzoo.interfaces import Objective


@final
class Unpaired(Objective):
    """The relativistic losses with the labels of fakes drawn apart; no paper's, a control."""

    ganzoo_api = 1

    relativistic: ClassVar[bool] = True

    def __init__(self, config: object) -> None:
        """Takes no settings."""
        self._paired = Relativistic(config)

    def discriminator_loss(self, real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        """As `Relativistic.discriminator_loss`, from logits `(B,)` each."""
        return self._paired.discriminator_loss(real_logits, fake_logits)

    def generator_loss(self, fake_logits: Tensor, real_logits: Tensor | None = None) -> Tensor:
        """As `Relativistic.generator_loss`, from logits `(B,)` each."""
        return self._paired.generator_loss(fake_logits, real_logits)
