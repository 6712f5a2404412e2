"""What came of each training of a study, read from its run folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ganzoo.runs.folder import Run
from ganzoo.settings.configuration import TRAINING, parse_file
from ganzoo.settings.goal import Goal
from ganzoo.study.design import TIME_TO_QUALITY, Design
from ganzoo.study.folder import StudyFolder
from ganzoo.study.queue import QueuedTraining

SPEED: Final = "images-per-second"
"""The quantity of real images that a training takes a second, evaluations not counted."""


@dataclass(frozen=True)
class Moment:
    """An evaluation on the way."""

    step: int
    images: int
    """Real images seen."""
    seconds: float | None
    """Of training before it."""
    figures: Mapping[str, float | None]
    """By metric; None where it was no finite number."""


@dataclass(frozen=True)
class TrainingOutcome:
    """A training and what it reached so far."""

    entry: QueuedTraining
    run: Run
    moments: Sequence[Moment]
    steps: int
    images: int
    seconds: float | None
    warnings: tuple[str, ...]
    """The names of the warnings that it gave, such as `constant-output`."""

    @property
    def is_over(self) -> bool:
        """Whether it has ended, well or not."""
        return self.entry.state not in ("waiting", "running")

    @property
    def images_per_second(self) -> float | None:
        """Over the whole training."""
        return self.images / self.seconds if self.seconds else None

    def value(self, quantity: str, goal: Goal | None) -> float | None:
        """What it reached at its end in a metric or another quantity; None where it failed."""
        if quantity == TIME_TO_QUALITY:
            return None if goal is None else self.seconds_to(goal)
        if self.entry.state != "finished":
            return None
        if quantity == SPEED:
            return self.images_per_second
        return self.moments[-1].figures.get(quantity) if self.moments else None

    def seconds_to(self, goal: Goal) -> float | None:
        """Seconds of training until the first evaluation that meets a goal; None where none does."""
        met = (moment.seconds for moment in self.moments if goal.is_met(moment.figures.get(goal.metric)))
        return next(met, None)


def read_outcomes(
    folder: StudyFolder, design: Design, entries: Sequence[QueuedTraining]
) -> list[TrainingOutcome]:
    """What came of these trainings."""
    images: dict[str, int] = {}
    outcomes = []
    for entry in entries:
        name = entry.variant.name
        if name not in images:
            images[name] = _images_per_step(folder, name)
        outcomes.append(read_outcome(folder.run(entry.name), entry, images[name]))
    return outcomes


def read_outcome(run: Run, entry: QueuedTraining, images_per_step: int) -> TrainingOutcome:
    """What came of one training."""
    lines = run.read_metrics()
    losses = [line for line in lines if line["kind"] == "losses"]
    seconds = {line["step"]: line["seconds"] for line in losses}
    moments = [
        Moment(line["step"], line["step"] * images_per_step, seconds.get(line["step"]), figures_of(line))
        for line in lines
        if line["kind"] == "evaluation"
    ]
    steps = losses[-1]["step"] if losses else 0
    warnings = dict.fromkeys(str(line["warning"]) for line in lines if line["kind"] == "warning")
    return TrainingOutcome(
        entry,
        run,
        moments,
        steps,
        steps * images_per_step,
        seconds.get(steps) if losses else None,
        tuple(warnings),
    )


def figures_of(line: Mapping[str, Any]) -> dict[str, float | None]:
    """The figures of an evaluation's line by metric."""
    return {figure.get("metric", name): figure.get("value") for name, figure in line["evaluation"].items()}


def _images_per_step(folder: StudyFolder, variant: str) -> int:
    path = folder.configuration(variant)
    if not path.is_file():
        return 0
    settings = parse_file(path)
    return int(settings[f"{TRAINING}.batch_size"]) * int(settings[f"{TRAINING}.discriminator_steps"])
