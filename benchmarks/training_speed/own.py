"""GanZoo end to end: the very loop of `ganzoo train`, with data, average, metrics and readings."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ganzoo.engine import preparation
from ganzoo.engine.data import Streamed
from ganzoo.training import loop
from ganzoo.training.observer import Observer, TrainingStart
from training_speed.task import EnoughError, Sample, Task

_NEVER = 10**9


class _Stopwatch(Observer):
    """Reads the speed off metrics.jsonl: a first line to get warm, a second one that counts."""

    def __init__(self) -> None:
        self.start: TrainingStart | None = None
        self.lines: list[Mapping[str, Any]] = []

    def started(self, start: TrainingStart) -> None:
        self.start = start

    def progressed(self, metrics: Mapping[str, Any]) -> None:
        self.lines.append(metrics)
        if len(self.lines) == 2:
            raise EnoughError

    def sampled(self, path: Path) -> None:
        pass

    def warned(self, message: str) -> None:
        pass


def end_to_end(
    task: Task, precision: str, compiled: bool, captured: bool, streamed: bool, any_order: bool
) -> Sample:
    """`ganzoo train dcgan` until its second line of metrics, with a line every `task.steps` steps.

    The first line's steps are the warm-up, so there are as many as measured ones. A line in so few
    steps, rather than in 50, costs GanZoo a little.
    """
    configuration = task.configuration(
        {
            "training.precision": precision,
            "training.compile": compiled,
            "training.cuda_graph": captured,
            "training.deterministic": not any_order,
            "training.max_steps": 3 * task.steps,
            "run.log_every": task.steps,
            "run.sample_every": _NEVER,
            "run.checkpoint_every": _NEVER,
        }
    ).configuration
    if streamed:  # as with a data set too large for the device
        preparation.choose_source = Streamed  # type: ignore[assignment]
    watch = _Stopwatch()
    with tempfile.TemporaryDirectory() as folder, contextlib.suppress(EnoughError):
        loop.train(configuration, Path(folder) / "run", {}, watch)
    assert watch.start is not None, "the training has started"
    warm, measured = watch.lines
    startup = warm["seconds"] - (measured["seconds"] - warm["seconds"])
    return Sample(measured["images_per_second"], startup, watch.start.precision)
