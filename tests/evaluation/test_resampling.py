"""Intervals: the jackknife against closed forms, and how often its intervals hold the truth."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.stats
import torch

from ganzoo.evaluation.frechet import estimate_frechet_distance, moments
from ganzoo.evaluation.resampling import (
    FREEDOM,
    GROUPS,
    deal,
    jackknife,
    jackknife_mean,
)
from ganzoo.statistics import student_quantile, student_tails


def test_the_quantile_is_that_of_the_t_distribution() -> None:
    assert student_quantile(0.95, FREEDOM) == pytest.approx(scipy.stats.t.ppf(0.975, GROUPS - 1), rel=1e-10)


@pytest.mark.parametrize("t", [0.0, 0.1, 1.0, -2.262157, 5.0, 20.0])
def test_the_chance_is_that_of_the_t_distribution(t: float) -> None:
    expected = 2 * scipy.stats.t.sf(abs(t), GROUPS - 1)

    assert student_tails(abs(t), FREEDOM) == pytest.approx(expected, rel=1e-6, abs=1e-14)


def test_the_error_of_a_mean_is_that_of_the_group_means() -> None:
    values = torch.from_numpy(np.random.default_rng(0).normal(size=200))
    groups = torch.arange(200) % GROUPS

    estimate = jackknife_mean(values, groups)

    means = np.array([values[groups == g].mean().item() for g in range(GROUPS)])
    assert estimate.value == pytest.approx(values.mean().item(), abs=1e-15)
    assert estimate.standard_error == pytest.approx(means.std(ddof=1) / math.sqrt(GROUPS), rel=1e-12)


def test_a_statistic_that_never_moves_has_no_error() -> None:
    estimate = jackknife(3.0, [3.0] * GROUPS)

    assert (estimate.value, estimate.standard_error, estimate.interval) == (3.0, 0.0, (3.0, 3.0))


@pytest.mark.parametrize("count", [20, 23, 1000])
def test_groups_are_as_equal_as_can_be(count: int) -> None:
    sizes = torch.bincount(deal(count, None, 0), minlength=GROUPS)

    assert sizes.sum() == count
    assert sizes.max() - sizes.min() <= 1


def test_every_class_is_dealt_evenly() -> None:
    labels = torch.arange(4).repeat_interleave(torch.tensor([20, 30, 47, 103]))

    groups = deal(len(labels), labels, 7)

    for label in range(4):
        sizes = torch.bincount(groups[labels == label], minlength=GROUPS)
        assert sizes.max() - sizes.min() <= 1


def test_dealing_is_random_and_repeatable() -> None:
    assert torch.equal(deal(100, None, 1), deal(100, None, 1))
    assert not torch.equal(deal(100, None, 1), deal(100, None, 2))


def test_intervals_of_the_frechet_distance_hold_what_other_samples_give() -> None:
    """Of 200 intervals, each from samples of its own, near 95 % hold the mean distance of such samples."""
    random = np.random.default_rng(0)
    real = moments(torch.from_numpy(random.normal(size=(2000, 4))))

    def draw() -> torch.Tensor:
        return torch.from_numpy(random.normal(0.3, 1.2, size=(400, 4)))

    estimates = [estimate_frechet_distance(draw(), torch.arange(400) % GROUPS, real) for _ in range(200)]

    truth = sum(estimate.value for estimate in estimates) / len(estimates)
    held = sum(low <= truth <= high for low, high in (e.interval for e in estimates))
    assert 180 <= held <= 199
