"""How far the weights have grown since the start: too high a learning rate shows there."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from ganzoo.engine.players import Players


class WeightGrowth:
    """Compares the largest weight of each network with what it was at the start.

    The largest rather than a norm, whose squares would overflow float32 where it matters most. With Adam each
    weight moves by about the learning rate in a step, whatever the gradients are: losses may stay small and
    the images look like any noise, while nothing of the initialisation is left.

    Args:
        players: as they are built, before a step is taken or a checkpoint is read.
    """

    def __init__(self, players: Players) -> None:
        self._players = players
        self._at_start = _largest(players)

    def reading(self) -> dict[str, float | None]:
        """`weight_growth`, the larger one of both networks' ratios; None where it can't be told: of a
        network that began with zeros, or of weights that are not finite.
        """
        ratio = (_largest(self._players) / self._at_start).max().item()
        return {"weight_growth": float(f"{ratio:.6g}") if math.isfinite(ratio) else None}


@torch.no_grad()
def _largest(players: Players) -> Tensor:
    """The largest absolute weight of the generator and of the discriminator, float32 (2,), on the device."""
    networks = (players.generator.network, players.discriminator.network)
    return torch.stack(
        [
            torch.nn.utils.get_total_norm([weight.float() for weight in network.parameters()], math.inf)
            for network in networks
        ]
    )
