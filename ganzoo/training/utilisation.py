"""The model FLOPs utilisation of a training: its arithmetic by what the device can do at most.

The operations of a step are counted as it is taken (`ganzoo.arithmetic.flops`), once for each kind of step: a
lazy penalty is in one of several. Where the device's peak is not known, nothing is counted.
"""

from __future__ import annotations

from statistics import fmean

import torch

from ganzoo.arithmetic.peaks import look_up
from ganzoo.devices import precision_name
from ganzoo.engine.engine import Engine, Equipment
from ganzoo.engine.step import StepResult, generator_is_penalised, penalised_updates

_Kind = tuple[tuple[bool, ...], bool]
"""Which updates of a step include the penalty."""


class Utilisation:
    """Takes the steps of an engine, and counts those whose like it hasn't counted."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._peak = peak_of(engine.equipment)
        self._counted: dict[_Kind, int] = {}
        regularisation = engine.equipment.players.regularisation
        cycle = 1 if regularisation is None else regularisation.every
        self._kinds = [self._kind(step) for step in range(cycle)]

    def take_step(self) -> StepResult:
        """Takes the next step; counting changes none of its numbers."""
        kind = self._kind(self._engine.step)
        if self._peak is None or kind in self._counted:
            return self._engine.take_step()
        from ganzoo.arithmetic.flops import count

        results = []
        self._counted[kind] = count(lambda: results.append(self._engine.take_step())).per_step
        return results[0]

    def share_of_peak(self, images_per_second: float) -> float | None:
        """The utilisation at a speed, from 0; None where the peak is not known, or not every kind of step.

        Args:
            images_per_second: real images, over all processes.
        """
        if self._peak is None or not self._counted.keys() >= set(self._kinds):
            return None
        steps_per_second = images_per_second / self._engine.equipment.images_per_step
        return fmean(self._counted[kind] for kind in self._kinds) * steps_per_second / self._peak

    def _kind(self, step: int) -> _Kind:
        players, updates = self._engine.equipment.players, self._engine.equipment.settings.discriminator_steps
        return penalised_updates(players, step, updates), generator_is_penalised(players, step)


def peak_of(equipment: Equipment) -> float | None:
    """Operations a second of a GPU whose data sheet is known; None elsewhere.

    None for compiled networks as well, whose operators nobody sees.
    """
    if equipment.device.type != "cuda" or equipment.settings.compile:
        return None
    name = torch.cuda.get_device_name(equipment.device)
    precision = precision_name(equipment.settings.precision, equipment.players.dtype)
    return look_up(name, precision).flops_per_second
