"""The exponential moving average of a generator's weights, which samples come from.

Averaging the last few thousand steps removes the wobble of the game from the samples (Yaz et al.,
2019; Karras et al., 2018, section 4.1 and appendix A).
"""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn


class MovingAverage:
    """Keeps `average`, a copy of a network that follows it slowly.

    Early in a run the decay is lowered to (1 + step) / (10 + step), so that the average forgets the
    initial weights (the rule of TensorFlow's ExponentialMovingAverage). Buffers such as batch
    statistics are averaged like weights; counters are copied.
    """

    def __init__(self, network: nn.Module, decay: float) -> None:
        self.average = copy.deepcopy(network).requires_grad_(False)
        self._decay = decay

    @torch.no_grad()
    def update(self, network: nn.Module, step: int) -> None:
        """Moves the average towards the network after update number `step`, counted from 1."""
        decay = min(self._decay, (1 + step) / (10 + step))
        averages, values = [], []
        for mine, theirs in zip(_tensors(self.average), _tensors(network), strict=True):
            if mine.is_floating_point():
                averages.append(mine)
                values.append(theirs)
            else:
                mine.copy_(theirs)
        torch._foreach_lerp_(averages, values, 1 - decay)


def _tensors(network: nn.Module) -> list[Tensor]:
    return [*network.parameters(), *network.buffers()]
