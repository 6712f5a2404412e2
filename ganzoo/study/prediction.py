"""What a study will cost: predicted from a few steps of each variant, evaluations and checkpoint included."""

from __future__ import annotations

import itertools
import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ganzoo.errors import DivergedError, GanzooError, UsageError
from ganzoo.runs.folder import Run
from ganzoo.settings.configuration import RUN, TRAINING
from ganzoo.statistics import student_quantile
from ganzoo.study import processes
from ganzoo.text import count, of_bytes, rough_duration

_STEPS: Final = 8
"""Steps of a short trial: the first ones, which allocate and compile, don't count."""

_COUNTED: Final = 4

_FILES: Final = 2
"""Checkpoints that a training keeps: the newest and the best."""

_LEVEL: Final = 0.05
"""The chance that a study finds a difference where there is none."""


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What a variant costs, as measured by a short trial."""

    step_seconds: float
    """By the clock."""
    step_processor_seconds: float | None = None
    """Of the processor; None in studies that were begun before it was measured."""
    evaluation_seconds: float
    start_seconds: float
    """From the start of the process to the first step, and from the last to its end."""
    checkpoint_bytes: int
    peak_bytes: int | None

    def step_by(self, clock: str) -> float:
        """Seconds of a step by a budget's clock."""
        if clock == "processor_seconds" and self.step_processor_seconds is not None:
            return self.step_processor_seconds
        return self.step_seconds


def try_out(
    configuration: Path, folder: Path, threads: int, device: str | None
) -> tuple[Cost | None, GanzooError | None]:
    """Takes a few steps of a variant with two evaluations, in a process of its own.

    Returns:
        The cost; or what is wrong with it, a UsageError where the variant is impossible; or neither where it
        diverges at once, which is a result.
    """
    folder.mkdir(parents=True, exist_ok=True)
    run, log = Run(folder / "run"), folder / "log"
    short = {
        f"{TRAINING}.max_steps": _STEPS, f"{RUN}.log_every": 1, f"{RUN}.evaluate_every": _STEPS // 2,
        f"{RUN}.max_seconds": "none", f"{RUN}.max_processor_seconds": "none", f"{RUN}.until": "none",
        f"{RUN}.sample_every": _STEPS,
    }  # fmt: skip
    settings = itertools.chain.from_iterable(("--set", f"{key}={value}") for key, value in short.items())
    place = () if device is None else ("--device", device)
    arguments = ["--config", str(configuration), "--out", str(run.path), *settings, *place]
    ended = processes.finish(processes.start(arguments, log, threads))
    if ended.code == DivergedError.exit_code:
        return None, None
    if ended.code:
        wrong = UsageError if ended.code == UsageError.exit_code else GanzooError
        return None, wrong(processes.reason(log))
    return _cost(run, ended), None


def _cost(run: Run, ended: processes.Ended) -> Cost:
    lines = run.read_metrics("losses")
    checkpoint = run.latest_checkpoint()
    # The last line of the metrics is of the last evaluation, which begins when its checkpoint is written.
    evaluation = max(0.0, run.metrics.stat().st_mtime - (run.path / "latest").stat().st_mtime)
    return Cost(
        step_seconds=_step(lines, "seconds"),
        step_processor_seconds=_step(lines, "processor_seconds"),
        evaluation_seconds=evaluation,
        start_seconds=max(0.0, ended.seconds - lines[-1]["seconds"] - 2 * evaluation),
        checkpoint_bytes=checkpoint.stat().st_size,
        peak_bytes=ended.peak_bytes,
    )


def _step(lines: Sequence[Mapping[str, Any]], clock: str) -> float:
    """Seconds of a usual step, by lines of losses of which each is of one step."""
    seconds = [float(line[clock]) for line in lines[-_COUNTED - 1 :]]
    return statistics.median(after - before for before, after in itertools.pairwise(seconds))


def predicted(
    costs: Mapping[str, Cost | None], steps: Mapping[str, int], trainings: int, evaluations: int, workers: int
) -> str:
    """The sentence about time, memory and disk.

    Args:
        costs: of each variant by name.
        steps: of each variant's training.
        trainings: of each variant.
        evaluations: of each training.
        workers: trainings at a time.
    """
    known = {name: cost for name, cost in costs.items() if cost is not None}
    if not known:
        return "what it costs is not known: every variant diverged within its first steps"
    # The first short trial also prepares what the cache then holds, so the shortest start is the usual one.
    start = min(cost.start_seconds for cost in known.values())
    each = {
        name: start + cost.step_seconds * steps[name] + cost.evaluation_seconds * evaluations
        for name, cost in known.items()
    }
    total = trainings * sum(each.values()) * len(costs) / len(known) / workers
    disk = trainings * _FILES * sum(cost.checkpoint_bytes for cost in known.values())
    memory = [cost.peak_bytes for cost in known.values() if cost.peak_bytes is not None]
    held = f", {of_bytes(workers * max(memory))} of memory" if memory else ""
    at_a_time = "" if workers == 1 else f" ({workers} at a time)"
    return (
        f"{count(trainings * len(costs), 'training')} of {_range(list(each.values()))} each{at_a_time}: "
        f"{rough_duration(total)} in all{held}, {of_bytes(disk)} of disk"
    )


def _range(seconds: Sequence[float]) -> str:
    low, high = rough_duration(min(seconds)), rough_duration(max(seconds))
    return low if low == high else f"{low} to {high}"


def detectable(seeds: int, pairs: int) -> str:
    """Which difference so many seeds can find, in words."""
    if seeds < 2:
        return "one seed decides nothing: it can't tell a difference from luck; take --seeds 3 or more"
    level = student_quantile(1 - _LEVEL / pairs, seeds - 1)
    power = student_quantile(0.6, seeds - 1)  # of both sides: 80 % on one
    times = (level + power) / math.sqrt(seeds)
    return (
        f"{count(seeds, 'seed')}: four of five studies find a difference of {times:.1f} times the spread "
        "that paired differences have between seeds"
    )
