"""Which differences between runs are larger than chance in the drawing of their samples."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from ganzoo.evaluation.figures import Evaluation, Figure
from ganzoo.evaluation.resampling import two_sided_p_value

LEVEL: Final = 0.05
"""Chance, at most, that any difference in one metric is called real though there is none."""


@dataclass(frozen=True)
class Difference:
    """One metric of two sets of samples."""

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


def compare(reports: Sequence[Evaluation]) -> tuple[Difference, ...]:
    """Every pair of reports in every metric that all have.

    The samples are drawn independently and the real images are the same, so the error of a difference
    is the root of the sum of the squared errors. Of each report's training there is one: another seed
    may differ by more.
    """
    by_metric = {figure.metric: figure for figure in reports[0].figures}
    shared = [m for m in by_metric if all(any(f.metric == m for f in r.figures) for r in reports)]
    differences: list[Difference] = []
    for metric in shared:
        figures = [next(f for f in report.figures if f.metric == metric) for report in reports]
        pairs = list(combinations(range(len(reports)), 2))
        raw = [_p_value(figures[i], figures[j]) for i, j in pairs]
        for (i, j), p_value in zip(pairs, _holm(raw), strict=True):
            difference = figures[i].value - figures[j].value
            is_real = p_value < LEVEL
            has_direction = figures[i].is_lower_better is not None
            better = reports[i if (difference < 0) == figures[i].is_lower_better else j].samples
            differences.append(
                Difference(
                    metric=metric,
                    name=figures[i].name,
                    first=reports[i].samples,
                    second=reports[j].samples,
                    difference=difference,
                    p_value=p_value,
                    is_real=is_real,
                    better=better if is_real and has_direction else None,
                )
            )
    return tuple(differences)


def _p_value(first: Figure, second: Figure) -> float:
    """Two-sided, of a difference of two independent estimates, by Student's t with the freedom of one of
    them: at least what Welch's approximation would give.
    """
    difference = abs(first.value - second.value)
    error = math.hypot(first.standard_error, second.standard_error)
    if error == 0:
        return 1.0 if difference == 0 else 0.0
    return two_sided_p_value(difference / error)


def _holm(p_values: Sequence[float]) -> list[float]:
    """Adjusted p-values of the step-down procedure."""
    adjusted = [0.0] * len(p_values)
    largest = 0.0
    for rank, index in enumerate(sorted(range(len(p_values)), key=lambda i: p_values[i])):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = largest
    return adjusted
