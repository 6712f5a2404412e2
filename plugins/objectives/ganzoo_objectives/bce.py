"""The original loss: binary cross-entropy, non-saturating for the generator.

Goodfellow et al., 2014, "Generative Adversarial Networks"; Salimans et al., 2016, "Improved
Techniques for Training GANs".
"""

from __future__ import annotations

from typing import final

from torch import Tensor

from ganzoo.interfaces import Objective
from ganzoo_objectives.cross_entropy import CrossEntropySettings, cross_entropy


@final
class BCE(Objective):
    """The original loss, non-saturating for the generator (Goodfellow et al., 2014)."""

    ganzoo_api = 1

    Config = CrossEntropySettings

    def __init__(self, config: CrossEntropySettings) -> None:
        self._real_target = config.real_target

    def discriminator_loss(self, real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        """`-E[log D(x)] - E[log(1 - D(G(z)))]` (equation 1), from logits `(B,)` each.

        The two means are summed, as in the equation, not averaged: a discriminator that can't tell
        real from fake stands at 2·ln 2 = 1.386.
        """
        return cross_entropy(real_logits, self._real_target) + cross_entropy(fake_logits, 0.0)

    def generator_loss(self, fake_logits: Tensor, real_logits: Tensor | None = None) -> Tensor:
        """`-E[log D(G(z))]`, from logits `(B,)`: the same fixed point as `E[log(1 - D(G(z)))]`, with
        gradients that do not vanish while the discriminator wins (section 3). Never smoothed.
        """
        return cross_entropy(fake_logits, 1.0)
