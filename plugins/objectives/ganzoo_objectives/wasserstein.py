"""The Wasserstein distance: logits are heights, and their mean difference is the distance.

Arjovsky, Chintala and Bottou, 2017, "Wasserstein GAN"; Gulrajani et al., 2017, "Improved Training of
Wasserstein GANs".
"""

from __future__ import annotations

from typing import final

from torch import Tensor

from ganzoo.interfaces import Objective


@final
class Wasserstein(Objective):
    """The Wasserstein distance; needs `gradient-penalty` or `weight-clipping` (Arjovsky et al., 2017).

    It is a distance only where the discriminator is 1-Lipschitz, up to a factor, which this objective
    does not see to: without a regularisation that does, the logits grow without bounds.
    """

    ganzoo_api = 1

    def __init__(self, config: object) -> None:
        """Takes no settings."""

    def discriminator_loss(self, real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        """`E[D(G(z))] - E[D(x)]` (equation 2, negated), from logits `(B,)` each: minus the distance."""
        return fake_logits.mean() - real_logits.mean()

    def generator_loss(self, fake_logits: Tensor, real_logits: Tensor | None = None) -> Tensor:
        """`-E[D(G(z))]` (theorem 3), from logits `(B,)`."""
        return -fake_logits.mean()
