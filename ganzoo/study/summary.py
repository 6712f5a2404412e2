"""What a study has found so far: a row for each variant, a row for each pair, and every training."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, Final

from ganzoo.evaluation.names import known_metrics, metric_named
from ganzoo.statistics import student_quantile
from ganzoo.study.design import TIME_TO_QUALITY, Design
from ganzoo.study.differences import LEVEL, ComparedQuantity, PairedDifference, compare
from ganzoo.study.folder import StudyDescription, StudyFolder
from ganzoo.study.outcomes import SPEED, TrainingOutcome, read_outcomes
from ganzoo.study.queue import Queue
from ganzoo.study.variants import Variant


@dataclass(frozen=True)
class MeanOfSeeds:
    """The mean of a quantity over the seeds that did not fail, with its 95 % interval."""

    mean: float
    low: float | None
    """None where one seed is known, or none."""
    high: float | None
    seeds: int
    """Those that it is the mean of."""


@dataclass(frozen=True)
class VariantSummary:
    """A variant, or a trial of a search, and its trainings."""

    variant: Variant
    outcomes: Sequence[TrainingOutcome]

    @property
    def finished(self) -> int:
        """Trainings that have ended well."""
        return sum(outcome.entry.state == "finished" for outcome in self.outcomes)

    @property
    def ended(self) -> int:
        """Trainings that have ended, well or not."""
        return sum(outcome.is_over for outcome in self.outcomes)

    @property
    def remarks(self) -> str:
        """What went wrong, and in how many of its trainings."""
        told = [outcome.entry.problem for outcome in self.outcomes if outcome.entry.state == "failed"]
        told = [(problem or "failed").partition(":")[0] for problem in told]
        told += [warning for outcome in self.outcomes for warning in outcome.warnings]
        told += ["figures lost" for outcome in self.outcomes if outcome.is_lost]
        told += ["given up" for outcome in self.outcomes if outcome.entry.state == "pruned"]
        return ", ".join(f"{word} in {told.count(word)}" for word in dict.fromkeys(told))

    @property
    def peak_bytes(self) -> int | None:
        """The most memory that one of its processes held."""
        known = [o.entry.peak_bytes for o in self.outcomes if o.entry.peak_bytes is not None]
        return max(known, default=None)

    def of(self, quantity: str, design: Design) -> MeanOfSeeds | None:
        """A quantity over the seeds; None where none has it."""
        values = [outcome.value(quantity, design.budget.goal) for outcome in self.outcomes]
        known = [value for value in values if value is not None]
        if not known:
            return None
        mean = statistics.fmean(known)
        if len(known) < 2:
            return MeanOfSeeds(mean, None, None, 1)
        half = student_quantile(1 - LEVEL, len(known) - 1) * statistics.stdev(known) / len(known) ** 0.5
        return MeanOfSeeds(mean, mean - half, mean + half, len(known))


@dataclass(frozen=True)
class StudySummary:
    """A study and all that came of it so far."""

    folder: StudyFolder
    description: StudyDescription
    outcomes: Sequence[TrainingOutcome]
    """In the order of the queue."""

    @property
    def design(self) -> Design:
        """What was asked."""
        return self.description.design

    @cached_property
    def variants(self) -> list[VariantSummary]:
        """A row for each variant; of a search for each trial, the best first."""
        by_name: dict[str, list[TrainingOutcome]] = {}
        known = {} if self.design.is_search else self.description.variants
        variants = dict(known)
        for outcome in self.outcomes:
            variants.setdefault(outcome.entry.variant.name, outcome.entry.variant)
            by_name.setdefault(outcome.entry.variant.name, []).append(outcome)
        rows = [
            VariantSummary(variant, sorted(by_name.get(name, []), key=lambda outcome: outcome.entry.seed))
            for name, variant in variants.items()
        ]
        return sorted(rows, key=self._rank) if self.design.is_search else rows

    def _rank(self, row: VariantSummary) -> tuple[bool, float]:
        metric = self.design.metrics[0]
        found = row.of(metric, self.design)
        if found is None:
            return True, 0.0
        return False, found.mean if is_lower_better(metric) else -found.mean

    @cached_property
    def differences(self) -> list[PairedDifference]:
        """Every pair of variants in every quantity that is judged; a search judges none."""
        if self.design.is_search:
            return []
        return compare([self._quantity(name) for name in self.design.quantities], self.design.margin)

    def _quantity(self, name: str) -> ComparedQuantity:
        goal = self.design.budget.goal
        return ComparedQuantity(
            name=name,
            is_lower_better=is_lower_better(name),
            values={
                row.variant.label: {
                    o.entry.seed: o.value(name, goal) for o in row.outcomes if o.is_over and not o.is_lost
                }
                for row in self.variants
            },
        )

    @property
    def states(self) -> dict[str, int]:
        """How many trainings are in each state that any is in."""
        states = [outcome.entry.state for outcome in self.outcomes]
        return {state: states.count(state) for state in dict.fromkeys(sorted(states))}

    def to_json(self) -> dict[str, Any]:
        """All of it as JSON can say it."""
        design = self.design
        names = (*design.quantities, SPEED)
        return {
            "states": self.states,
            "budget": design.budget.written,
            "margin": design.margin,
            "variants": [
                {
                    "variant": row.variant.label,
                    "settings": dict(row.variant.values),
                    "finished": row.finished,
                    "remarks": row.remarks,
                    "peak_bytes": row.peak_bytes,
                    **{name: _fields(row.of(name, design)) for name in names},
                }
                for row in self.variants
            ],
            "differences": [
                asdict(each) | {"more_seeds": each.more_seeds, "verdict": each.sentence}
                for each in self.differences
            ],
            "trainings": [self.record(outcome) for outcome in self.outcomes],
        }

    def record(self, outcome: TrainingOutcome) -> dict[str, Any]:
        """A training as a row of numbers."""
        figures: Mapping[str, float | None] = outcome.moments[-1].figures if outcome.moments else {}
        goal = self.design.budget.goal
        return {
            "training": outcome.entry.name,
            "variant": outcome.entry.variant.label,
            "seed": outcome.entry.seed,
            "state": outcome.entry.state,
            "problem": outcome.entry.problem,
            "warnings": " ".join(outcome.warnings),
            "steps": outcome.steps,
            "images": outcome.images,
            "seconds": outcome.seconds,
            "images_per_second": outcome.images_per_second,
            "peak_bytes": outcome.entry.peak_bytes,
            **({} if goal is None else {TIME_TO_QUALITY: outcome.seconds_to(goal)}),
            **{
                name: figures.get(name)
                for name in known_metrics()
                if name in figures or name in self.design.metrics
            },
        }


_HIGHER_IS_BETTER: Final = {TIME_TO_QUALITY: False, SPEED: True}


def is_lower_better(quantity: str) -> bool:
    """Whether less of it is better."""
    if quantity in _HIGHER_IS_BETTER:
        return not _HIGHER_IS_BETTER[quantity]
    return metric_named(quantity).is_lower_better is True


def _fields(found: MeanOfSeeds | None) -> dict[str, float | None] | None:
    return None if found is None else asdict(found)


def summarise(folder: StudyFolder) -> StudySummary:
    """Reads a study.

    Raises:
        UsageError: there is none.
        GanzooError: it is damaged.
    """
    description = folder.read()
    entries = Queue(folder, description.design).entries()
    return StudySummary(folder, description, read_outcomes(folder, description.design, entries))
