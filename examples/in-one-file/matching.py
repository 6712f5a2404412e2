"""An objective that asks for features: the generator matches their mean."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

from ganzoo.interfaces import InformedObjective, Seen


class Matching(InformedObjective):
    """Mean features like those of real images (Salimans et al., 2016, section 3.1)."""

    ganzoo_api = 1
    asks_for_features = True
    relativistic = True  # so that the generator's loss is shown real images

    def __init__(self, config: object) -> None:
        pass

    def discriminator_loss(self, real: Seen, fake: Seen) -> Tensor:
        """The original loss."""
        return F.softplus(-real.logits).mean() + F.softplus(fake.logits).mean()

    def generator_loss(self, fake: Seen, real: Seen | None = None) -> Tensor:
        """The squared distance of the means, and a little of the original loss."""
        apart = fake.features.mean(dim=0) - real.features.mean(dim=0)
        return apart.square().sum() + 0.1 * F.softplus(-fake.logits).mean()
