"""The discriminator's features, for an objective that asks for them: what enters its last layer."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from ganzoo.errors import UsageError
from ganzoo.interfaces import Discriminator, InformedObjective, Objective


class FeatureTap:
    """Keeps what has entered a layer until it is taken.

    Args:
        layer: the one whose first argument is kept in each forward.
    """

    def __init__(self, layer: nn.Module) -> None:
        self._latest: Tensor | None = None
        layer.register_forward_pre_hook(self._keep)

    def _keep(self, _layer: nn.Module, given: tuple[Any, ...]) -> None:
        self._latest = given[0]

    def take(self) -> Tensor:
        """The features `(B, ...)` of the latest forward, float32; nothing is kept of them here."""
        taken, self._latest = self._latest, None
        assert taken is not None, "the discriminator's head has been called"
        return taken.float()


def features_for(
    objective: Objective[Any], discriminator: Discriminator, *, names: tuple[str, str]
) -> FeatureTap | None:
    """What an objective asks to see of a discriminator; None where it asks for nothing.

    Args:
        objective: of the training.
        discriminator: before it is compiled.
        names: the full names of objective and model.

    Raises:
        UsageError: the discriminator shows no features.
    """
    if not (isinstance(objective, InformedObjective) and objective.asks_for_features):
        return None
    if not discriminator.head:
        raise UsageError(
            f"the objective {names[0]} asks for features of the discriminator, and that of {names[1]} shows "
            "none: its class sets no head\n"
            "choose another --objective, or a model whose discriminator sets one"
        )
    return FeatureTap(discriminator.get_submodule(discriminator.head))
