"""The statistics of launches: against scipy, hand computation and simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from ganzoo.benchmark.launches import (
    Interval,
    Ratio,
    drift,
    joined,
    launch_ratio,
    launch_spread,
    median_interval,
)

TIMES = st.lists(st.integers(1, 50), min_size=1, max_size=25)


# The ratio of two


@pytest.mark.parametrize("seed", range(5))
def test_the_ratio_of_launches_is_students_t_test(seed: int) -> None:
    generator = np.random.default_rng(seed)
    base = generator.lognormal(0, 0.02, (4, 9))
    new = generator.lognormal(0.03, 0.01, (4, 9))

    ratio = launch_ratio(base.tolist(), new.tolist(), confidence=0.9)

    expected = scipy.stats.ttest_ind(np.log(np.median(new, axis=1)), np.log(np.median(base, axis=1)))
    interval = expected.confidence_interval(0.9)
    assert ratio.p_value == pytest.approx(expected.pvalue, rel=1e-7)
    assert (ratio.low, ratio.high) == pytest.approx(
        (math.exp(interval.low), math.exp(interval.high)), rel=1e-7
    )
    assert ratio.estimate == pytest.approx(ratio.new / ratio.base)
    assert ratio.base == pytest.approx(scipy.stats.gmean(np.median(base, axis=1)))


def test_unequal_counts_of_launches_take_the_freedom_of_the_fewer() -> None:
    base = [[1.0], [1.1]]
    new = [[1.3], [1.2], [1.4], [1.3], [1.35]]

    ratio = launch_ratio(base, new)

    logs = [np.log([launch[0] for launch in side]) for side in (base, new)]
    t = (logs[1].mean() - logs[0].mean()) / math.sqrt(sum(log.var(ddof=1) / len(log) for log in logs))
    assert ratio.p_value == pytest.approx(2 * scipy.stats.t.sf(t, 1), rel=1e-7)


def test_launches_without_any_spread() -> None:
    assert launch_ratio([[2], [2]], [[3], [3]]) == Ratio(
        base=pytest.approx(2), new=pytest.approx(3), estimate=pytest.approx(1.5), low=pytest.approx(1.5),
        high=pytest.approx(1.5), p_value=0.0,
    )  # fmt: skip
    assert launch_ratio([[2], [2]], [[2], [2]]).p_value == 1


def test_a_ratio_needs_two_launches_a_side() -> None:
    with pytest.raises(ValueError, match="two launches"):
        launch_ratio([[1.0, 2.0]], [[1.0], [2.0]])


# The interval of a median


def test_the_estimate_is_the_median_of_the_launches_medians() -> None:
    assert median_interval([[1, 2, 9], [4, 4, 4, 4, 4, 4], [30, 20, 10]]).estimate == 4


def test_samples_without_spread_have_an_interval_without_width() -> None:
    interval = median_interval([[7] * 12] * 3)

    assert (interval.estimate, interval.low, interval.high, interval.half_width) == (7, 7, 7, 0)


def test_the_interval_depends_on_the_seed_alone() -> None:
    launches = np.random.default_rng(0).lognormal(0, 0.1, (3, 40)).tolist()

    assert median_interval(launches, seed=1) == median_interval(launches, seed=1)
    assert median_interval(launches, seed=1) != median_interval(launches, seed=2)


def test_the_interval_of_one_launch_is_the_bootstraps_of_scipy() -> None:
    # Independent samples: runs of neighbours are then no different from single samples.
    samples = np.random.default_rng(3).lognormal(0, 0.1, 400)

    interval = median_interval([samples.tolist()], resamples=4000)

    expected = scipy.stats.bootstrap(
        (samples,), np.median, n_resamples=4000, method="percentile", rng=np.random.default_rng(0)
    ).confidence_interval
    width = expected.high - expected.low
    assert interval.low == pytest.approx(expected.low, abs=0.35 * width)
    assert interval.high == pytest.approx(expected.high, abs=0.35 * width)


def test_the_half_width_by_hand() -> None:
    assert Interval(estimate=10, low=9, high=12).half_width == pytest.approx(0.15)


@given(st.lists(TIMES, min_size=1, max_size=4).filter(lambda launches: sum(map(len, launches)) > 1))
def test_the_interval_holds_its_estimate(launches: list[list[int]]) -> None:
    interval = median_interval(launches, resamples=50)

    assert 0 < interval.low <= interval.estimate <= interval.high


@pytest.mark.parametrize("launches", [1, 3, 5])
def test_the_interval_covers_what_it_promises(launches: int) -> None:
    # Neighbours are correlated (0.5) and, where there are several, launches differ by as much as samples.
    generator = np.random.default_rng(launches)
    hits = 0
    for _ in range(200):
        between = 0.02 * generator.standard_normal((launches, 1)) if launches > 1 else 0.0
        times = np.exp(between + autocorrelated(generator, (launches, 60), 0.02, 0.5))
        interval = median_interval(times.tolist(), resamples=300)
        hits += interval.low <= 1 <= interval.high

    # 95 % are promised; of 200, chance leaves fewer than 177 once in a thousand times where it is 92.5 %.
    assert hits >= 177


def autocorrelated(
    generator: np.random.Generator, shape: tuple[int, int], deviation: float, correlation: float
) -> np.ndarray:
    """Rows of normal noise in which neighbours are correlated (a stationary AR(1) process)."""
    noise = deviation * generator.standard_normal(shape)
    for column in range(1, shape[1]):
        fresh = math.sqrt(1 - correlation**2) * noise[:, column]
        noise[:, column] = correlation * noise[:, column - 1] + fresh
    return noise


def test_correlation_widens_the_interval() -> None:
    generator = np.random.default_rng(0)
    smooth = np.exp(autocorrelated(generator, (1, 400), 0.05, 0.9)).tolist()
    shuffled = [generator.permutation(smooth[0]).tolist()]

    wide, narrow = (median_interval(launches).half_width for launches in (smooth, shuffled))

    assert wide > 1.5 * narrow


# Drift, spread


def test_drift_by_hand() -> None:
    assert drift([[10, 10, 10, 11, 12, 12]]) == pytest.approx(0.2)
    assert drift([[10] * 6, [10, 10, 5, 5, 9, 9], [10] * 9]) == 0
    assert drift([[1, 2, 3, 4, 5]]) is None


def test_spread_between_launches_by_hand() -> None:
    assert launch_spread([[9, 9, 1], [11, 11, 50]]) == pytest.approx(math.sqrt(2) / 10)
    assert launch_spread([[9, 10]]) is None


def test_blocks_are_joined_in_order() -> None:
    assert joined([[[1, 2], [3]], [[4]]]) == [[1, 2, 3], [4]]


@pytest.mark.parametrize(
    "launches", [[], [[]], [[1.0]], [[1.0, 0.0]], [[1.0, -1.0]], [[math.nan]], [[math.inf]]]
)
def test_what_is_no_time_is_refused(launches: list[list[float]]) -> None:
    with pytest.raises(ValueError, match="sample"):
        median_interval(launches)
