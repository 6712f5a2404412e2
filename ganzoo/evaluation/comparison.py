"""Which differences between runs are larger than chance in the drawing of their samples."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from ganzoo.evaluation.figures import Evaluation, Figure
from ganzoo.evaluation.resampling import FREEDOM
from ganzoo.statistics import holm, student_tails

LEVEL: Final = 0.05
"""The chance, at most, that a difference of some pair in one metric is called real though none is."""


@dataclass(frozen=True)
class Difference:
    """The difference of two sets of samples in one metric."""

    metric: str
    name: str
    first: str
    second: str
    difference: float
    """Of the first minus the second."""
    p_value: float
    """Adjusted for the number of pairs compared (Holm, 1979)."""
    is_real: bool
    """Whether chance in the drawing of the samples hardly explains the difference."""
    better: str | None
    """Which of the two is better; None where the difference may be chance, or means no better or worse."""


def compare(evaluations: Sequence[Evaluation]) -> tuple[Difference, ...]:
    """Compares every pair of evaluations in every metric that all have.

    The samples are drawn independently and the real images are the same, so the error of a difference
    is the root of the sum of the squared errors. Each evaluation is of one training: other seeds may differ
    by more.
    """
    by_metric = [{figure.metric: figure for figure in each.figures} for each in evaluations]
    differences: list[Difference] = []
    for metric in by_metric[0]:
        if not all(metric in each for each in by_metric):
            continue
        figures = [each[metric] for each in by_metric]
        pairs = list(combinations(range(len(evaluations)), 2))
        raw = [_p_value(figures[i], figures[j]) for i, j in pairs]
        for (i, j), p_value in zip(pairs, holm(raw), strict=True):
            difference = figures[i].value - figures[j].value
            is_real = p_value < LEVEL
            has_direction = figures[i].is_lower_better is not None
            better = evaluations[i if (difference < 0) == figures[i].is_lower_better else j].samples
            differences.append(
                Difference(
                    metric=metric,
                    name=figures[i].name,
                    first=evaluations[i].samples,
                    second=evaluations[j].samples,
                    difference=difference,
                    p_value=p_value,
                    is_real=is_real,
                    better=better if is_real and has_direction else None,
                )
            )
    return tuple(differences)


def _p_value(first: Figure, second: Figure) -> float:
    """Two-sided p-value of the difference of two independent estimates.

    By Student's t with the degrees of freedom of one estimate, which gives at least the p-value of Welch's
    approximation.
    """
    difference = abs(first.value - second.value)
    error = math.hypot(first.standard_error, second.standard_error)
    if error == 0:
        return 1.0 if difference == 0 else 0.0
    return student_tails(difference / error, FREEDOM)
