"""Relativistic pairing: each real image is to look more real than the fake it is paired with.

Jolicoeur-Martineau, 2019, "The relativistic discriminator"; Huang et al., 2024, "The GAN is dead;
long live the GAN! A Modern GAN Baseline" (R3GAN).
"""

from __future__ import annotations

from typing import ClassVar, final

import torch.nn.functional as F
from torch import Tensor

from ganzoo.interfaces import Objective


@final
class Relativistic(Objective):
    """Relativistic pairing of real and fake (Jolicoeur-Martineau, 2019; Huang et al., 2024).

    Only differences count: a constant added to all logits changes nothing, so their zero has no meaning.
    """

    ganzoo_api = 1

    relativistic: ClassVar[bool] = True
    # As the released trainer of Huang et al. does. Across classes a discriminator could win with what tells
    # the classes apart, and the generator would have to make up for it.
    paired_labels: ClassVar[bool] = True

    def __init__(self, config: object) -> None:
        """Takes no settings."""

    def discriminator_loss(self, real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        """`E[f(D(G(z)) - D(x))]` with f = softplus, from logits `(B,)` each: the released code's form of
        what equation 2 of Huang et al. maximises.
        """
        return F.softplus(fake_logits - real_logits).mean()

    def generator_loss(self, fake_logits: Tensor, real_logits: Tensor | None = None) -> Tensor:
        """`E[f(D(x) - D(G(z)))]`: the same with real and fake exchanged, from logits `(B,)` each.

        Raises:
            ValueError: there are no real logits to compare with.
        """
        if real_logits is None:
            raise ValueError("a relativistic generator's loss needs the logits of real images too")
        return F.softplus(real_logits - fake_logits).mean()
