"""What a training will take in time, memory and disk, from a few of its steps; nothing is written."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Iterator
from statistics import mean, stdev
from typing import Final

import torch

from ganzoo.devices import synchronise
from ganzoo.engine.engine import Engine
from ganzoo.engine.readings import readings
from ganzoo.engine.step import StepResult
from ganzoo.sampling.generation import generate
from ganzoo.sampling.grids import grid_inputs, image_grid
from ganzoo.settings.configuration import Configuration
from ganzoo.settings.run import RunSettings
from ganzoo.torch_state import own_torch_state
from ganzoo.training import loop, state
from ganzoo.training.evaluations import MakeEvaluation
from ganzoo.training.foretold import Forecast
from ganzoo.training.observer import Observer
from ganzoo.training.pace import grids_by_time

WARM_STEPS: Final = 4
"""Steps before the first that is measured: they allocate, compile, and capture a graph."""

_SECONDS: Final = 6.0
"""Time that the measured steps fill at first, where the fewest don't take longer."""

_LONGEST: Final = 24.0
"""Time from which no more steps are taken, however unsure their mean is."""

_SURE: Final = 0.05
"""Half of the interval, as a share of the mean, that is sure enough."""

_FEWEST: Final = 8
"""Steps that are measured, however slow they are."""

_MOST: Final = 2000
"""Steps that are measured at most at first."""

_RUNS: Final = 8
"""Runs of neighbouring steps whose means tell how sure the mean of all is."""

_TIMES_SPREAD: Final = 2.4
"""Half of a 95 % interval by the standard error of a mean of eight (Student's t, 7 degrees of freedom)."""

_LINE_BYTES: Final = 420
"""About what a line of metrics.jsonl takes."""


def forecast(
    configuration: Configuration, observer: Observer, make_evaluation: MakeEvaluation | None = None
) -> Forecast | None:
    """Prepares a training, takes some steps and lets go of them; None in the other processes of several.

    Not counted are writing checkpoints, evaluations, and what other programs do meanwhile.

    Args:
        configuration: resolved, of a training.
        observer: is told of warnings.
        make_evaluation: prepares what `run.evaluate_every` asks for.

    Raises:
        UsageError: the data set and the model or the settings don't go together.
        GanzooError: the data or the device fail.
    """
    with loop.prepared(configuration, observer, make_evaluation) as (_complete, engine, recorder):
        equipment, settings = engine.equipment, recorder.settings
        first = _timed(engine, 1)[0]
        for _ in _timed(engine, WARM_STEPS - 1):
            pass
        times = _enough(engine)
        line, grid = _line_seconds(engine), _grid_seconds(engine)
        if not equipment.world.is_main:
            return None
        per_step, half = _with_half_width(times)
        most = settings.max_seconds or math.inf
        total_steps = equipment.total_steps
        if most < total_steps * per_step:
            total_steps = math.ceil(most / per_step)
        grids = _grids(engine, settings, per_step, total_steps)
        seconds = total_steps * per_step + first + _lines(settings, total_steps) * line + grids * grid
        checkpoint = sum(tensor.nbytes for tensor in state.capture(equipment).values())
        return Forecast(
            steps=total_steps,
            all_steps=equipment.total_steps,
            measured=len(times),
            seconds=min(seconds, most),
            interval=(
                min(max(0.0, seconds - total_steps * half), most),
                min(seconds + total_steps * half, most),
            ),
            seconds_per_step=per_step,
            memory=_memory(equipment.device),
            checkpoint=checkpoint,
            disk=_disk(engine, settings, checkpoint, grids, total_steps),
        )


def _timed(engine: Engine, steps: int) -> list[float]:
    """Takes steps and gives the seconds of each, waiting for the device after each."""
    return [seconds for seconds, _result in _steps(engine, steps)]


def _steps(engine: Engine, steps: int) -> Iterator[tuple[float, StepResult]]:
    for _ in range(steps):
        began = time.perf_counter()
        result = engine.take_step()
        synchronise(engine.equipment.device)
        yield time.perf_counter() - began, result


def _enough(engine: Engine) -> list[float]:
    """The times of so many steps that their mean is sure, of whole cycles of a lazy penalty.

    They fill some seconds; where they differ, as they do beside other programs, as many are added again.
    """
    regularisation = engine.equipment.players.regularisation
    cycle = 1 if regularisation is None else regularisation.every
    probe = _timed(engine, cycle)
    per_step = engine.equipment.world.average(torch.tensor(mean(probe))).item()  # all processes, as many
    enough = max(_FEWEST, engine.equipment.total_steps)  # a training that short is measured as a whole
    wanted = min(_MOST, enough, max(_FEWEST, round(_SECONDS / max(per_step, 1e-6))))
    times: list[float] = []
    while True:
        times += _timed(engine, -(-wanted // cycle) * cycle)
        per_step, half = _with_half_width(times)
        goes_on = half > _SURE * per_step and sum(times) < _LONGEST and len(times) < enough
        if not engine.equipment.world.average(torch.tensor(float(goes_on))).item():  # all, or none
            return times


def _with_half_width(times: list[float]) -> tuple[float, float]:
    """The mean, and half of its 95 % interval: neighbours are alike, so means of runs are compared."""
    size = max(1, len(times) // _RUNS)
    runs = [mean(times[i : i + size]) for i in range(0, size * _RUNS, size)]
    return mean(times), _TIMES_SPREAD * stdev(runs) / math.sqrt(len(runs))


def _line_seconds(engine: Engine) -> float:
    """Of fetching what a line of metrics says."""
    equipment = engine.equipment
    ((_, result),) = _steps(engine, 1)
    began = time.perf_counter()
    engine.totals.means(equipment.world)
    readings(result, equipment.players, equipment.world)
    return time.perf_counter() - began


def _grid_seconds(engine: Engine) -> float:
    """Of drawing a grid."""
    equipment = engine.equipment
    began = time.perf_counter()
    with own_torch_state(equipment.device):
        latents, labels = grid_inputs(equipment.players.generator_network, equipment.settings.seed)
        image_grid(torch.cat(list(generate(engine.sampled_generator, latents, labels))).cpu())
    return time.perf_counter() - began


def _lines(settings: RunSettings, total: int) -> int:
    return -(-total // settings.log_every)


def _grids(engine: Engine, settings: RunSettings, per_step: float, total: int) -> int:
    """The first one, those by steps with the last one, and those that are drawn because none was for long."""
    every = settings.sample_every or engine.equipment.steps_per_epoch
    by_time = 0 if settings.sample_every else grids_by_time(per_step * min(total, every))
    return 1 + -(-total // every) + by_time


def _disk(engine: Engine, settings: RunSettings, checkpoint: int, grids: int, total: int) -> int:
    every = settings.checkpoint_every or engine.equipment.steps_per_epoch
    written = -(-total // every)
    kept = min(written, settings.keep_checkpoints + 1)  # one more while it is being written
    if settings.keep_every:
        kept += sum(step % settings.keep_every == 0 for step in range(every, total + 1, every))
    if settings.evaluate_every:
        kept += 1  # the best
    image = engine.equipment.players.generator_network.image
    latents, _labels = grid_inputs(engine.equipment.players.generator_network, 0)
    grid = len(latents) * (image.height + 2) * (image.width + 2) * 3
    return kept * checkpoint + grids * grid + _lines(settings, total) * _LINE_BYTES


def _memory(device: torch.device) -> int | None:
    if device.type == "cuda":
        return torch.cuda.max_memory_reserved(device)
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
