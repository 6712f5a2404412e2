"""Comparisons: what is called real, what chance, and the adjustment for several pairs."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats

from ganzoo.evaluation.comparison import compare
from ganzoo.evaluation.figures import Evaluation, Figure


def evaluation(
    name: str, value: float, error: float = 1.0, is_lower_better: bool | None = True
) -> Evaluation:
    figure = Figure("distance", "distance (pixels)", value, value, value, error, is_lower_better)
    return Evaluation(name, (figure,), {}, ())


def test_a_pair_is_judged_by_the_t_distribution() -> None:
    (difference,) = compare([evaluation("a", 10.0, 3.0), evaluation("b", 20.0, 4.0)])

    assert difference.difference == -10
    assert difference.p_value == pytest.approx(2 * scipy.stats.t.sf(10 / 5, 9), rel=1e-9)
    assert (difference.is_real, difference.better) == (False, None)


@pytest.mark.parametrize(("is_lower_better", "better"), [(True, "a"), (False, "b"), (None, None)])
def test_a_real_difference_names_the_better(is_lower_better: bool | None, better: str | None) -> None:
    (difference,) = compare(
        [
            evaluation("a", 10.0, is_lower_better=is_lower_better),
            evaluation("b", 30.0, is_lower_better=is_lower_better),
        ]
    )

    assert (difference.is_real, difference.better) == (True, better)


def test_several_pairs_are_adjusted_as_holm_does() -> None:
    found = compare([evaluation("a", 0.0), evaluation("b", 3.0), evaluation("c", 7.0)])

    raw = [2 * scipy.stats.t.sf(gap / 2**0.5, 9) for gap in (3, 7, 4)]  # a-b, a-c, b-c
    smallest, middle, largest = sorted(raw)
    steps = {smallest: 3 * smallest, middle: max(3 * smallest, 2 * middle)}
    steps[largest] = max(steps[middle], largest)
    assert [d.p_value for d in found] == pytest.approx([steps[p] for p in raw], rel=1e-9)


def test_figures_without_error_are_equal_or_not() -> None:
    (same,) = compare([evaluation("a", 1.0, 0.0), evaluation("b", 1.0, 0.0)])
    (other,) = compare([evaluation("a", 1.0, 0.0), evaluation("b", 2.0, 0.0)])

    assert (same.is_real, other.is_real) == (False, True)


def test_equal_generators_are_hardly_ever_called_different() -> None:
    random = np.random.default_rng(0)
    errors = np.sqrt(random.chisquare(9, size=(1000, 2)) / 9)
    real = sum(
        compare([evaluation("a", *first), evaluation("b", *second)])[0].is_real
        for first, second in zip(
            np.c_[random.normal(size=1000), errors[:, 0]],
            np.c_[random.normal(size=1000), errors[:, 1]],
            strict=True,
        )
    )

    assert real / 1000 < 0.06
