"""The hinge loss: a discriminator that is sure enough stops learning.

Lim and Ye, 2017, "Geometric GAN"; Miyato et al., 2018, "Spectral Normalization for Generative
Adversarial Networks".
"""

from __future__ import annotations

from typing import final

import torch.nn.functional as F
from torch import Tensor

from ganzoo.interfaces import Objective


@final
class Hinge(Objective):
    """A margin of 1 on either side of zero (Lim and Ye, 2017; Miyato et al., 2018)."""

    ganzoo_api = 1

    def __init__(self, config: object) -> None:
        """Takes no settings."""

    def discriminator_loss(self, real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        """`E[max(0, 1 - D(x))] + E[max(0, 1 + D(G(z)))]` (Miyato et al., equation 16), from logits
        `(B,)` each.
        """
        return F.relu(1 - real_logits).mean() + F.relu(1 + fake_logits).mean()

    def generator_loss(self, fake_logits: Tensor, real_logits: Tensor | None = None) -> Tensor:
        """`-E[D(G(z))]` (Miyato et al., equation 17), from logits `(B,)`."""
        return -fake_logits.mean()
