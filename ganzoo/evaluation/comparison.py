"""Which differences are larger than chance: in the samples that one run draws, or in a setting's seeds."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import fmean
from typing import Final

from ganzoo.evaluation.figures import Evaluation, Figure
from ganzoo.evaluation.resampling import FREEDOM
from ganzoo.statistics import holm, student_tails, welch
from ganzoo.text import count

LEVEL: Final = 0.05
"""The chance, at most, that a difference of some pair in one metric is called real though none is."""


@dataclass(frozen=True)
class Repeats:
    """Evaluations of trainings that differ in nothing but the seed; one alone where there is no other."""

    name: str
    """What the first is called, and how many seeds there are."""
    evaluations: tuple[Evaluation, ...]


@dataclass(frozen=True)
class Difference:
    """The difference of two sets of samples, or of two settings, in one metric."""

    metric: str
    name: str
    first: str
    second: str
    difference: float
    """Of the first minus the second; of several seeds, between their means."""
    p_value: float | None
    """Adjusted for the number of pairs compared (Holm, 1979); None where one seed stands against several."""
    is_real: bool
    """Whether chance, in the drawing of the samples or in the seeds, hardly explains the difference."""
    better: str | None
    """Which of the two is better; None where the difference may be chance, or means no better or worse."""


def repeats(evaluations: Sequence[Evaluation]) -> tuple[Repeats, ...]:
    """Puts trainings together that share all settings but the seed, and their number of steps."""
    groups: dict[object, list[Evaluation]] = {}
    for index, each in enumerate(evaluations):
        training = each.training
        key = index if training is None else (training.settings, training.step)
        seeds = {other.training.seed for other in groups.get(key, []) if other.training is not None}
        if training is not None and training.seed in seeds:
            key = index  # the same training twice, or a copy: no repeat
        groups.setdefault(key, []).append(each)
    return tuple(
        Repeats(
            members[0].samples + (f" and {count(len(members) - 1, 'other seed')}" if members[1:] else ""),
            tuple(members),
        )
        for members in groups.values()
    )


def compare(evaluations: Sequence[Evaluation]) -> tuple[Difference, ...]:
    """Compares every pair in every metric that all have.

    Where each training has settings of its own, by the errors of its samples: they are drawn independently
    and the real images are the same, so the error of a difference is the root of the sum of the squared
    errors; other seeds may differ by more. Where some trainings are repeats of each other, settings are
    compared, by Welch's t test over their seeds, and two seeds of one setting are not.
    """
    groups = repeats(evaluations)
    has_repeats = len(groups) < len(evaluations)
    by_metric = [
        {figure.metric: figure for figure in each.figures} for group in groups for each in group.evaluations
    ]
    shared = [metric for metric in by_metric[0] if all(metric in each for each in by_metric)]
    judge = _between_seeds if has_repeats else _between_samples
    return tuple(difference for metric in shared for difference in _pairs(metric, groups, judge))


Judge = Callable[[Sequence[Figure], Sequence[Figure]], "float | None"]


def _pairs(metric: str, groups: Sequence[Repeats], judge: Judge) -> list[Difference]:
    figures = [
        [figure for each in group.evaluations for figure in each.figures if figure.metric == metric]
        for group in groups
    ]
    pairs = list(combinations(range(len(groups)), 2))
    raw = [judge(figures[i], figures[j]) for i, j in pairs]
    adjusted = iter(holm([p_value for p_value in raw if p_value is not None]))
    found = []
    for (i, j), unadjusted in zip(pairs, raw, strict=True):
        p_value = None if unadjusted is None else next(adjusted)
        first, second = (fmean(figure.value for figure in figures[k]) for k in (i, j))
        lower_is_better = figures[i][0].is_lower_better
        is_real = p_value is not None and p_value < LEVEL
        better = groups[i if (first < second) == lower_is_better else j].name
        found.append(
            Difference(
                metric=metric,
                name=figures[i][0].name,
                first=groups[i].name,
                second=groups[j].name,
                difference=first - second,
                p_value=p_value,
                is_real=is_real,
                better=better if is_real and lower_is_better is not None else None,
            )
        )
    return found


def _between_samples(first: Sequence[Figure], second: Sequence[Figure]) -> float:
    """Two-sided p-value of the difference of two independent estimates, of one training each.

    By Student's t with the degrees of freedom of one estimate, which gives at least the p-value of Welch's
    approximation.
    """
    (one,), (other,) = first, second
    difference = abs(one.value - other.value)
    error = math.hypot(one.standard_error, other.standard_error)
    if error == 0:
        return 1.0 if difference == 0 else 0.0
    return student_tails(difference / error, FREEDOM)


def _between_seeds(first: Sequence[Figure], second: Sequence[Figure]) -> float | None:
    """Two-sided p-value of the difference of two settings; None where one of them has a single seed."""
    if min(len(first), len(second)) < 2:
        return None
    return welch([figure.value for figure in first], [figure.value for figure in second])
