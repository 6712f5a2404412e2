"""Trains a cell for some steps and notes both losses: what tells whether a faster way computes the same."""

from __future__ import annotations

import math

from ganzoo.benchmark.measure.tasks import LossCurve, TakeLosses
from ganzoo.benchmark.measure.workload import build


def take_losses(task: TakeLosses) -> LossCurve:
    """Takes the steps, as a training takes them.

    Raises:
        UsageError, PluginError: as `build` does.
    """
    engine = build(task.cell).engine
    assert engine is not None, "the cell is of a phase that trains"
    discriminator, generator = [], []
    for _ in range(task.steps):
        result = engine.take_step()
        discriminator.append(_finite(result.discriminator_loss.item()))
        generator.append(_finite(result.generator_loss.item()))
    return LossCurve(discriminator=tuple(discriminator), generator=tuple(generator))


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
