"""Feature matching: the generator's images are to have the features of real ones, on average.

Salimans et al., 2016, "Improved Techniques for Training GANs", section 3.1.
"""

from __future__ import annotations

from typing import ClassVar, final

from torch import Tensor

from ganzoo.interfaces import InformedObjective, Seen
from ganzoo_objectives.cross_entropy import CrossEntropySettings, cross_entropy


@final
class FeatureMatching(InformedObjective):
    """The discriminator's features, matched on average by the generator (Salimans et al., 2016).

    Averages are over a micro-batch of one process: with `training.accumulate`, or several processes, each
    matches its own.
    """

    ganzoo_api = 1

    Config = CrossEntropySettings

    asks_for_features: ClassVar[bool] = True
    relativistic: ClassVar[bool] = True

    def __init__(self, config: CrossEntropySettings) -> None:
        self._real_target = config.real_target

    def discriminator_loss(self, real: Seen, fake: Seen) -> Tensor:
        """`-E[log D(x)] - E[log(1 - D(G(z)))]`, from logits: the usual training."""
        return cross_entropy(real.logits, self._real_target) + cross_entropy(fake.logits, 0.0)

    def generator_loss(self, fake: Seen, real: Seen | None = None) -> Tensor:
        """`‖E[f(x)] - E[f(G(z))]‖²`, from features f `(B, ...)`; the logits have no part in it."""
        assert real is not None, "a relativistic objective is given real images"
        assert real.features is not None, "it asks for features"
        assert fake.features is not None, "it asks for features"
        return (real.features.mean(dim=0) - fake.features.mean(dim=0)).square().sum()
