"""The exponential moving average of a generator's weights, which samples come from.

Averaging the last few thousand steps removes the wobble of the game from the samples (Yaz et al.,
2019; Karras et al., 2018, section 4.1 and appendix A).
"""

from __future__ import annotations

import copy
from collections.abc import Collection

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrize import ParametrizationList, is_parametrized

from ganzoo.interfaces import Generator


class MovingAverage:
    """Keeps `average`, a copy of a network whose weights follow the network's slowly.

    Buffers such as batch statistics are averaged like weights; counters are copied. What no checkpoint holds
    stays the average's own: a buffer that is not persistent may not even be there before the first images.
    What a parametrisation remembers, such as the singular vectors of spectral normalisation, belongs to the
    weights it was computed from: the average computes its own.
    """

    def __init__(self, network: nn.Module) -> None:
        self.average = copy.deepcopy(network).requires_grad_(False).train()
        self._saved = frozenset(self.average.state_dict())
        self._parametrised = [module for module in self.average.modules() if is_parametrized(module)]

    @property
    def generator(self) -> Generator:
        """The average as the interface that it implements."""
        assert isinstance(self.average, Generator)
        return self.average

    @torch.no_grad()
    def update(self, network: nn.Module, decay: float) -> None:
        """Moves the average towards the network; `decay` is the share that it keeps of itself, in [0, 1)."""
        averages, values = [], []
        for mine, theirs in zip(
            _tensors(self.average, self._saved), _tensors(network, self._saved), strict=True
        ):
            if mine.is_floating_point():
                averages.append(mine)
                values.append(theirs)
            else:
                mine.copy_(theirs)
        torch._foreach_lerp_(averages, values, 1 - decay)
        for module in self._parametrised:
            assert isinstance(module.parametrizations, nn.ModuleDict)
            for name in module.parametrizations:
                getattr(module, name)  # in training mode, computing it updates what it remembers


def decay_of(half_life: float, images: int) -> float:
    """The share of itself that an average keeps while so many images are shown.

    Args:
        half_life: images in which it forgets half of what it held; 0: it forgets all at once.
        images: those of one step.
    """
    return 0.5 ** (images / half_life) if half_life else 0.0


def _tensors(network: nn.Module, saved: Collection[str]) -> list[Tensor]:
    """All parameters, and all buffers that are saved but those of parametrisations; tied ones once."""
    remembered = {
        id(buffer)
        for module in network.modules()
        if isinstance(module, ParametrizationList)
        for buffer in module.buffers()
    }
    buffers = (
        buffer for name, buffer in network.named_buffers() if name in saved and id(buffer) not in remembered
    )
    return [*network.parameters(), *buffers]
