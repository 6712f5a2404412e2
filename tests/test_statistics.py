"""Tests of a difference and Student's distribution: against scipy and hand computation."""

from __future__ import annotations

import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from ganzoo import statistics

TIMES = st.lists(st.integers(1, 50), min_size=1, max_size=25)


@pytest.mark.parametrize("freedom", [1, 1.5, 2, 4, 7.3, 38, 1000])
@pytest.mark.parametrize("t", [0, 0.1, 1, 4.6, 30])
def test_students_tails_are_scipys(t: float, freedom: float) -> None:
    assert statistics.student_tails(t, freedom) == pytest.approx(2 * scipy.stats.t.sf(t, freedom), rel=1e-7)


@pytest.mark.parametrize("freedom", [1, 2, 3, 4, 8, 60])
@pytest.mark.parametrize("confidence", [0.5, 0.95, 0.995])
def test_students_quantile_is_scipys(confidence: float, freedom: float) -> None:
    expected = scipy.stats.t.ppf((1 + confidence) / 2, freedom)

    assert statistics.student_quantile(confidence, freedom) == pytest.approx(expected, rel=1e-7)


def test_students_quantile_is_the_tables() -> None:
    assert statistics.student_quantile(0.95, 2) == pytest.approx(4.303, abs=5e-4)
    assert statistics.student_quantile(0.95, 4) == pytest.approx(2.776, abs=5e-4)


@given(TIMES, TIMES)
def test_mann_whitney_is_scipys(base: list[int], new: list[int]) -> None:
    p_value = statistics.mann_whitney(base, new)

    if len({*base, *new}) == 1:
        assert p_value == 1
    else:
        expected = scipy.stats.mannwhitneyu(base, new, method="asymptotic").pvalue
        assert p_value == pytest.approx(expected, rel=1e-9, abs=1e-300)


def test_mann_whitney_of_nothing_finds_nothing() -> None:
    assert statistics.mann_whitney([], [1, 2]) == 1


def test_holm_by_hand() -> None:
    # 4 × 0.01, 3 × 0.02 and 2 × 0.03 in the order of the p-values, none below the one before, none above 1
    assert statistics.holm([0.03, 0.01, 0.9, 0.02]) == pytest.approx([0.06, 0.04, 0.9, 0.06])
    assert statistics.holm([0.5, 0.5]) == [1.0, 1.0]
    assert statistics.holm([0.02, 0.02, 0.021]) == pytest.approx([0.06, 0.06, 0.06])
    assert statistics.holm([]) == []
