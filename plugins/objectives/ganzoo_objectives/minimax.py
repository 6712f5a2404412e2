"""The original two-player game as it was first written down: one value, two players.

Goodfellow et al., 2014, "Generative Adversarial Networks"; Salimans et al., 2016, "Improved
Techniques for Training GANs".
"""

from __future__ import annotations

from typing import final

from torch import Tensor

from ganzoo.interfaces import Objective
from ganzoo_objectives.cross_entropy import CrossEntropySettings, cross_entropy


@final
class Minimax(Objective):
    """The original minimax game, saturating for the generator (Goodfellow et al., 2014)."""

    ganzoo_api = 1

    Config = CrossEntropySettings

    def __init__(self, config: CrossEntropySettings) -> None:
        self._real_target = config.real_target

    def discriminator_loss(self, real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        """`-E[log D(x)] - E[log(1 - D(G(z)))]` (equation 1), from logits `(B,)` each."""
        return cross_entropy(real_logits, self._real_target) + cross_entropy(fake_logits, 0.0)

    def generator_loss(self, fake_logits: Tensor, real_logits: Tensor | None = None) -> Tensor:
        """`E[log(1 - D(G(z)))]` (equation 1), from logits `(B,)`: below zero, and flat where the
        discriminator is sure of a fake, which is why `bce` is used instead (section 3).
        """
        return -cross_entropy(fake_logits, 0.0)
