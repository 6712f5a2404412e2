"""What came of each training of a study, read from its run folder."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ganzoo.errors import GanzooError
from ganzoo.runs.folder import Run
from ganzoo.runs.metrics import step_of
from ganzoo.settings.configuration import TRAINING, parse_file
from ganzoo.settings.goal import Goal
from ganzoo.settings.limits import LARGEST_COUNT
from ganzoo.study.design import TIME_TO_QUALITY, Design
from ganzoo.study.folder import StudyFolder
from ganzoo.study.queue import QueuedTraining
from ganzoo.text import printable

_LARGEST: Final = 1e100
"""No figure is beyond it; the squares of larger ones are infinite."""

SPEED: Final = "images-per-second"
"""The quantity of real images that a training takes a second, evaluations not counted."""


@dataclass(frozen=True)
class Moment:
    """An evaluation on the way."""

    step: int
    images: int
    """Real images seen."""
    seconds: float | None
    """Of training before it, by the budget's clock."""
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
    """Of training, by the budget's clock."""
    warnings: tuple[str, ...]
    """The names of the warnings that it gave, such as `constant-output`."""

    @property
    def is_over(self) -> bool:
        """Whether it has ended, well or not."""
        return self.entry.state not in ("waiting", "running")

    @property
    def is_lost(self) -> bool:
        """Whether it has ended well, and what it reached has been removed or damaged since."""
        return self.entry.state == "finished" and not self.moments

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
        run = folder.run(entry.name)
        outcomes.append(read_outcome(run, entry, images[name], design.budget.clock))
    return outcomes


def read_outcome(run: Run, entry: QueuedTraining, images_per_step: int, clock: str) -> TrainingOutcome:
    """What came of one training, its times by the clock of the study's budget."""
    lines = [line for line in run.read_metrics() if step_of(line) <= LARGEST_COUNT]
    losses = [line for line in lines if line["kind"] == "losses"]
    seconds = {line["step"]: _number(line.get(clock)) for line in losses}
    moments = [
        Moment(line["step"], line["step"] * images_per_step, seconds.get(line["step"]), figures_of(line))
        for line in lines
        if line["kind"] == "evaluation"
    ]
    steps = losses[-1]["step"] if losses else 0
    warnings = dict.fromkeys(
        printable(str(line.get("warning"))) for line in lines if line["kind"] == "warning"
    )
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
    """The figures of an evaluation's line by metric; the line may be a stranger's."""
    said = line.get("evaluation")
    return {
        str(figure.get("metric", name)): _number(figure.get("value"))
        for name, figure in (said.items() if isinstance(said, dict) else ())
        if isinstance(figure, dict)
    }


def _number(value: Any) -> float | None:
    """A finite number; None for anything else."""
    is_number = type(value) in (int, float) and -_LARGEST < value < _LARGEST
    return value if is_number and math.isfinite(value) else None


def _images_per_step(folder: StudyFolder, variant: str) -> int:
    path = folder.configuration(variant)
    if not path.is_file():
        return 0
    settings = parse_file(path)
    sizes: list[Any] = [settings.get(f"{TRAINING}.{name}") for name in ("batch_size", "discriminator_steps")]
    if not all(type(size) is int and 0 < size <= LARGEST_COUNT for size in sizes):
        raise GanzooError(f"{path} is damaged: it doesn't say how many images a step takes")
    return int(math.prod(sizes))
