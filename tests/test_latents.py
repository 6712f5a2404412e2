"""Latents by seed and index; truncated ones against scipy's; interpolation against geometry."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm, truncnorm

from ganzoo.sampling.latents import draw_latents, interpolate, truncate

THRESHOLDS = st.floats(0.05, 6)


@given(st.integers(1, 70), st.integers(1, 200), st.integers(0, 2**63 - 1))
def test_fewer_latents_are_the_first_of_more(count, latent_dim, seed):
    assert torch.equal(draw_latents(count, latent_dim, seed), draw_latents(70, latent_dim, seed)[:count])


def test_latents_of_whole_blocks_are_those_that_torch_draws():
    """The latents of 0.1.0's runs, and those that a page or a paper shows, stay what they are."""
    for latent_dim in (16, 64, 128, 512):
        generator = torch.Generator().manual_seed(3)
        assert torch.equal(draw_latents(5, latent_dim, 3), torch.randn(5, latent_dim, generator=generator))


def test_the_threads_decide_no_latent():
    before = torch.get_num_threads()
    drawn = []
    try:
        for threads in (1, 3):
            torch.set_num_threads(threads)
            drawn.append(draw_latents(1001, 99, 5))
    finally:
        torch.set_num_threads(before)
    assert torch.equal(*drawn)


def test_latents_are_standard_normal():
    numbers = draw_latents(999, 99, 0).flatten().sort().values.numpy()
    shares = np.arange(1, len(numbers) + 1) / len(numbers)
    assert np.abs(norm.cdf(numbers) - shares).max() < 1.63 / math.sqrt(len(numbers))  # Kolmogorov, 1 %


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=20), THRESHOLDS)
def test_a_value_keeps_its_quantile(values, threshold):
    latents = torch.tensor([values], dtype=torch.float64)
    expected = truncnorm.ppf(norm.cdf(np.array([values])), -threshold, threshold)
    np.testing.assert_allclose(truncate(latents, threshold).numpy(), expected, atol=1e-6)


@pytest.mark.parametrize("threshold", [0.1, 1, 4])
def test_no_value_is_beyond_the_threshold(threshold):
    latents = torch.cat([torch.randn(4, 50), torch.tensor([[-40.0, 40.0, 0.0, 1e-30, -1e-30] * 10])])
    truncated = truncate(latents, threshold)
    assert truncated.shape == (5, 50)
    assert truncated.dtype == torch.float32
    assert torch.isfinite(truncated).all()
    assert truncated.abs().max() <= threshold


@pytest.mark.parametrize("threshold", [0.0, -1.0, math.inf, math.nan])
def test_a_threshold_is_a_number_above_zero(threshold):
    with pytest.raises(ValueError, match="above 0"):
        truncate(torch.zeros(1, 2), threshold)


def test_a_quarter_turn_in_thirds():
    way = interpolate(torch.tensor([2.0, 0.0]), torch.tensor([0.0, 2.0]), 4)
    expected = [[2.0, 0.0], [math.sqrt(3), 1.0], [1.0, math.sqrt(3)], [0.0, 2.0]]
    torch.testing.assert_close(way, torch.tensor(expected))


def test_the_length_changes_evenly():
    way = interpolate(torch.tensor([1.0, 0.0, 0.0]), torch.tensor([0.0, 3.0, 0.0]), 5)
    torch.testing.assert_close(way.norm(dim=1), torch.tensor([1.0, 1.5, 2.0, 2.5, 3.0]))


@given(st.integers(2, 40), st.integers(0, 1000), st.integers(2, 12))
def test_the_ends_are_the_ends(dimensions, seed, steps):
    start, end = torch.randn(2, dimensions, generator=torch.Generator().manual_seed(seed))
    way = interpolate(start, end, steps)
    assert way.shape == (steps, dimensions)
    torch.testing.assert_close(way[0], start)
    torch.testing.assert_close(way[-1], end)


@pytest.mark.parametrize("end", [[2.0, 4.0], [-1.0, -2.0], [0.0, 0.0]], ids=["same way", "opposite", "zero"])
def test_where_there_is_no_circle_the_way_is_straight(end):
    way = interpolate(torch.tensor([1.0, 2.0]), torch.tensor(end), 3)
    torch.testing.assert_close(way[1], (torch.tensor([1.0, 2.0]) + torch.tensor(end)) / 2)


def test_a_way_has_two_ends():
    with pytest.raises(ValueError, match="2 steps"):
        interpolate(torch.ones(2), torch.ones(2), 1)
