"""Trains until both marks are passed or time is up: `python -m zoo_training.race_worker FOLDER`.

Prints one line of JSON.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import torch

from ganzoo.errors import GanzooError
from ganzoo.interfaces import Generator
from ganzoo.runs.folder import Run
from ganzoo.settings.configuration import Configuration
from ganzoo.training.evaluations import Evaluate
from zoo_training.judgement import ACCURACY, DISTANCE, make_judge
from zoo_training.stopping import Stopper, read_trial, train
from zoo_training.trial import Trial

PROCESSOR = "processor-seconds"
"""Of all threads, judging excluded: what the clock would show were nobody else on the machine, with one."""


def curve(run: Run) -> list[dict[str, float]]:
    """Every judgement, with the seconds of training before it."""
    seconds = {line["step"]: line["seconds"] for line in run.read_metrics("losses")}
    return [
        {
            "step": line["step"],
            "seconds": seconds[line["step"]],
            **{name: line["evaluation"][name]["value"] for name in (DISTANCE, ACCURACY, PROCESSOR)},
        }
        for line in run.read_metrics("evaluation")
    ]


class Race(Stopper):
    """Ends a training where both targets have been met, each at some judgement, or the limit has passed."""

    def __init__(self, trial: Trial, run: Run) -> None:
        super().__init__()
        self._trial = trial
        self._is_met = {DISTANCE: False, ACCURACY: False}
        self._processor_seconds = 0.0
        self._is_over = False
        for point in curve(run):
            self._note(point)
            self._processor_seconds = point[PROCESSOR]

    @property
    def is_won(self) -> bool:
        """Whether both targets have been met."""
        return all(self._is_met.values())

    def _note(self, figures: Mapping[str, float]) -> None:
        self._is_met[DISTANCE] |= figures[DISTANCE] <= self._trial.ends[DISTANCE]
        self._is_met[ACCURACY] |= figures[ACCURACY] >= self._trial.ends[ACCURACY]

    def progressed(self, metrics: Mapping[str, Any]) -> None:
        """Looks at the clock, which stands still while a judgement is made; the next one is the last."""
        self._is_over |= metrics["seconds"] >= self._trial.ends["seconds"]

    def make_evaluation(self, configuration: Configuration, device: torch.device) -> Evaluate:
        """Judges, and looks whether the targets are met."""
        judge = make_judge(configuration, device, self._trial.num)
        began = time.process_time() - self._processor_seconds

        def evaluate(generator: Generator) -> Mapping[str, Mapping[str, float]]:
            nonlocal began
            arrived = time.process_time()
            figures = {**judge(generator), PROCESSOR: {"value": arrived - began}}
            self._note({name: figure["value"] for name, figure in figures.items()})
            if self.is_won or self._is_over:
                self.stop()
            began += time.process_time() - arrived
            return figures

        return evaluate


def main(folder: Path) -> dict[str, Any]:
    """Goes on with the trial in a folder, to its end."""
    trial = read_trial(folder)
    run = Run(folder / "run")
    race = Race(trial, run)
    if not race.is_won:
        train(trial, folder, race, race.make_evaluation)
    warnings = [line["warning"] for line in run.read_metrics("warning")]
    return {"curve": curve(run), "warnings": warnings}


if __name__ == "__main__":
    try:
        with redirect_stdout(sys.stderr):
            answer = main(Path(sys.argv[1]))
    except GanzooError as error:
        print(str(error).replace("\n", "; "), file=sys.stderr)
        sys.exit(error.exit_code)
    print(json.dumps(answer))
