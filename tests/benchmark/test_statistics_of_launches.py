"""The statistics of timings: against scipy, hand computation and simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from ganzoo import statistics

TIMES = st.lists(st.integers(1, 50), min_size=1, max_size=25)


# Tests of a difference, against scipy


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


@pytest.mark.parametrize("seed", range(5))
def test_the_ratio_of_launches_is_students_t_test(seed: int) -> None:
    generator = np.random.default_rng(seed)
    base = generator.lognormal(0, 0.02, (4, 9))
    new = generator.lognormal(0.03, 0.01, (4, 9))

    ratio = statistics.launch_ratio(base.tolist(), new.tolist(), confidence=0.9)

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

    ratio = statistics.launch_ratio(base, new)

    logs = [np.log([launch[0] for launch in side]) for side in (base, new)]
    t = (logs[1].mean() - logs[0].mean()) / math.sqrt(sum(log.var(ddof=1) / len(log) for log in logs))
    assert ratio.p_value == pytest.approx(2 * scipy.stats.t.sf(t, 1), rel=1e-7)


def test_launches_without_any_spread() -> None:
    assert statistics.launch_ratio([[2], [2]], [[3], [3]]) == statistics.Ratio(
        base=pytest.approx(2), new=pytest.approx(3), estimate=pytest.approx(1.5), low=pytest.approx(1.5),
        high=pytest.approx(1.5), p_value=0.0,
    )  # fmt: skip
    assert statistics.launch_ratio([[2], [2]], [[2], [2]]).p_value == 1


def test_a_ratio_needs_two_launches_a_side() -> None:
    with pytest.raises(ValueError, match="two launches"):
        statistics.launch_ratio([[1.0, 2.0]], [[1.0], [2.0]])


# The interval of a median


def test_the_estimate_is_the_median_of_the_launches_medians() -> None:
    assert statistics.median_interval([[1, 2, 9], [4, 4, 4, 4, 4, 4], [30, 20, 10]]).estimate == 4


def test_samples_without_spread_have_an_interval_without_width() -> None:
    interval = statistics.median_interval([[7] * 12] * 3)

    assert (interval.estimate, interval.low, interval.high, interval.half_width) == (7, 7, 7, 0)


def test_the_interval_depends_on_the_seed_alone() -> None:
    launches = np.random.default_rng(0).lognormal(0, 0.1, (3, 40)).tolist()

    assert statistics.median_interval(launches, seed=1) == statistics.median_interval(launches, seed=1)
    assert statistics.median_interval(launches, seed=1) != statistics.median_interval(launches, seed=2)


def test_the_interval_of_one_launch_is_the_bootstraps_of_scipy() -> None:
    # Independent samples: runs of neighbours are then no different from single samples.
    samples = np.random.default_rng(3).lognormal(0, 0.1, 400)

    interval = statistics.median_interval([samples.tolist()], resamples=4000)

    expected = scipy.stats.bootstrap(
        (samples,), np.median, n_resamples=4000, method="percentile", rng=np.random.default_rng(0)
    ).confidence_interval
    width = expected.high - expected.low
    assert interval.low == pytest.approx(expected.low, abs=0.35 * width)
    assert interval.high == pytest.approx(expected.high, abs=0.35 * width)


def test_the_half_width_by_hand() -> None:
    assert statistics.Interval(estimate=10, low=9, high=12).half_width == pytest.approx(0.15)


@given(st.lists(TIMES, min_size=1, max_size=4).filter(lambda launches: sum(map(len, launches)) > 1))
def test_the_interval_holds_its_estimate(launches: list[list[int]]) -> None:
    interval = statistics.median_interval(launches, resamples=50)

    assert 0 < interval.low <= interval.estimate <= interval.high


@pytest.mark.parametrize("launches", [1, 3, 5])
def test_the_interval_covers_what_it_promises(launches: int) -> None:
    # Neighbours are correlated (0.5) and, where there are several, launches differ by as much as samples.
    generator = np.random.default_rng(launches)
    hits = 0
    for _ in range(200):
        between = 0.02 * generator.standard_normal((launches, 1)) if launches > 1 else 0.0
        times = np.exp(between + autocorrelated(generator, (launches, 60), 0.02, 0.5))
        interval = statistics.median_interval(times.tolist(), resamples=300)
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

    wide, narrow = (statistics.median_interval(launches).half_width for launches in (smooth, shuffled))

    assert wide > 1.5 * narrow


# Drift, noise, spread, outliers


def test_drift_by_hand() -> None:
    assert statistics.drift([[10, 10, 10, 11, 12, 12]]) == pytest.approx(0.2)
    assert statistics.drift([[10] * 6, [10, 10, 5, 5, 9, 9], [10] * 9]) == 0
    assert statistics.drift([[1, 2, 3, 4, 5]]) is None


def test_noise_is_the_scaled_median_deviation() -> None:
    samples = np.random.default_rng(0).normal(100, 3, 31).tolist()

    expected = scipy.stats.median_abs_deviation(samples, scale="normal") / np.median(samples)
    assert statistics.noise([samples]) == pytest.approx(expected, rel=1e-4)
    assert statistics.noise([samples, [5, 5, 5], [7, 7]]) == 0


def test_spread_between_launches_by_hand() -> None:
    assert statistics.launch_spread([[9, 9, 1], [11, 11, 50]]) == pytest.approx(math.sqrt(2) / 10)
    assert statistics.launch_spread([[9, 10]]) is None


def test_outliers_are_counted_in_their_own_launch() -> None:
    # Quartiles 10.25 and 12: fences 7.625 and 14.625.
    assert statistics.outliers([[10, 10, 12, 12, 11, 14], [10, 10, 11, 12, 12, 15], [100, 100, 100]]) == 1


def test_blocks_are_joined_in_order() -> None:
    assert statistics.joined([[[1, 2], [3]], [[4]]]) == [[1, 2, 3], [4]]


@pytest.mark.parametrize(
    "launches", [[], [[]], [[1.0]], [[1.0, 0.0]], [[1.0, -1.0]], [[math.nan]], [[math.inf]]]
)
def test_what_is_no_time_is_refused(launches: list[list[float]]) -> None:
    with pytest.raises(ValueError, match="sample"):
        statistics.median_interval(launches)
