"""Trains until somebody has had enough, in the ways that a user has: Ctrl-C and resuming."""

from __future__ import annotations

import json
import signal
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import ganzoo
from ganzoo.runs import checkpoints
from ganzoo.runs.folder import Run, open_run
from ganzoo.training.evaluations import MakeEvaluation
from ganzoo.training.interruption import InterruptedTraining
from ganzoo.training.observer import TrainingStart
from zoo_training.trial import Trial

NEVER = 2**31
"""Steps between what is to cost no time, and epochs of a training that something else ends."""


class Stopper:
    """Watches a training and ends it after the step under way, a checkpoint written, as Ctrl-C would."""

    def __init__(self) -> None:
        self.was_called = False

    def stop(self) -> None:
        """Ends the training; called again, it does nothing more: a second signal would not be caught."""
        if self.was_called:
            return
        self.was_called = True
        while signal.getsignal(signal.SIGINT) in (signal.default_int_handler, signal.SIG_IGN):
            time.sleep(0.01)  # called by a thread before the loop listens, when it would end the process
        signal.raise_signal(signal.SIGINT)

    def started(self, start: TrainingStart) -> None:
        """Called before the first step."""

    def progressed(self, metrics: Mapping[str, Any]) -> None:
        """Called with each line of metrics.jsonl."""

    def sampled(self, path: Path) -> None:
        """Called when a grid has been written."""

    def warned(self, message: str) -> None:
        """Called when something is wrong; metrics.jsonl has it as well."""


class Budget(Stopper):
    """Stops after so many seconds of training, in the run's own count, over all resumptions."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._seconds = seconds

    def started(self, start: TrainingStart) -> None:
        """Sets the alarm."""
        timer = threading.Timer(max(0.0, self._seconds - trained_seconds(start.run)), self.stop)
        timer.daemon = True
        timer.start()


def train(trial: Trial, folder: Path, stopper: Stopper, make_evaluation: MakeEvaluation | None = None) -> Run:
    """Begins a trial's run in `folder / "run"`, or goes on with it, until the stopper ends it.

    Raises:
        InterruptedTraining: somebody else ended it.
        Everything that `ganzoo.train` raises.
    """
    path = folder / "run"
    try:
        if path.exists():
            return ganzoo.resume(path, observer=stopper, make_evaluation=make_evaluation)
        settings = {"training.epochs": NEVER, "run.sample_every": NEVER, **trial.settings}
        names = {section: settings.pop(f"{section}.name") for section in ("model", "dataset")}
        return ganzoo.train(
            names["model"],
            dataset=names["dataset"],
            settings=settings,
            out=path,
            observer=stopper,
            make_evaluation=make_evaluation,
        )
    except InterruptedTraining:
        if not stopper.was_called:
            raise
        return open_run(path)


def trained_seconds(run: Run) -> float:
    """Seconds that a run has spent training until its newest checkpoint."""
    checkpoint = run.latest_checkpoint_if_any()
    return 0.0 if checkpoint is None else float(checkpoints.read_metadata(checkpoint)["meter"]["seconds"])


def read_trial(folder: Path) -> Trial:
    """The trial of a folder."""
    return Trial(**json.loads((folder / "trial.json").read_text(encoding="utf-8"))["trial"])
