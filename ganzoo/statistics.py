"""Tests of a difference and Student's distribution, without scipy."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence

import numpy as np

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(200)


def student_tails(t: float, freedom: float) -> float:
    """The chance that Student's t lies further from zero than `t`, for any degrees of freedom from 1.

    With t = √freedom · tan φ the density is proportional to cos(φ) to the power freedom - 1.
    """

    def integral(angle: float) -> float:
        # From the far end, where the tail is, so that a tiny tail keeps its digits. The square smooths the
        # end at which the power has no second derivative.
        place = (_NODES + 1) / 2
        heights = np.sin(angle * place**2) ** (freedom - 1)
        return float(np.sum(_WEIGHTS * heights * place)) * angle

    return integral(math.atan2(math.sqrt(freedom), t)) / integral(math.pi / 2)


def welch(first: Sequence[float], second: Sequence[float]) -> float:
    """The two-sided p-value of Welch's t test of equal means, for samples of two values and more each.

    Where neither varies, 1 for equal means and 0 for others.
    """
    one, other = (np.asarray(values, dtype=np.float64) for values in (first, second))
    errors = [float(values.var(ddof=1)) / len(values) for values in (one, other)]
    difference = abs(float(one.mean() - other.mean()))
    if sum(errors) == 0:
        return 1.0 if difference == 0 else 0.0
    parts = sum(error**2 / (len(values) - 1) for error, values in zip(errors, (one, other), strict=True))
    return student_tails(difference / math.sqrt(sum(errors)), sum(errors) ** 2 / parts)


@functools.cache
def student_quantile(confidence: float, freedom: float) -> float:
    """The t that Student's distribution stays within, on both sides, with probability `confidence`."""
    return _root(lambda t: student_tails(t, freedom) - (1 - confidence))


def _root(falling: Callable[[float], float]) -> float:
    """The positive root of a falling function, to 1e-12 of itself."""
    low, high = 0.0, 1.0
    while falling(high) > 0:
        low, high = high, 2 * high
    while high - low > 1e-12 * high:
        middle = (low + high) / 2
        low, high = (middle, high) if falling(middle) > 0 else (low, middle)
    return high


def mann_whitney(base: Sequence[float], new: Sequence[float]) -> float:
    """The two-sided p-value of the Mann-Whitney U test: normal, with tie and continuity corrections.

    1 where all values are equal or a side is empty.
    """
    values = np.concatenate([np.asarray(base, dtype=np.float64), np.asarray(new, dtype=np.float64)])
    first, second, total = len(base), len(new), len(values)
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    if len(counts) < 2 or not first or not second:
        return 1.0
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    statistic = float(ranks[:first].sum()) - first * (first + 1) / 2
    ties = float(np.sum(counts.astype(np.float64) ** 3 - counts)) / (total * (total - 1))
    deviation = math.sqrt(first * second / 12 * (total + 1 - ties))
    distance = max(0.0, abs(statistic - first * second / 2) - 0.5)
    return min(1.0, math.erfc(distance / deviation / math.sqrt(2)))


def holm(p_values: Sequence[float]) -> list[float]:
    """p-values corrected for how many there are, in their order (Holm, Scand. J. Statistics 6(2), 1979)."""
    corrected = [0.0] * len(p_values)
    highest = 0.0
    for rank, index in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[index]))
        corrected[index] = highest
    return corrected
