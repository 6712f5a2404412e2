"""The moving average of the generator, against the sum it stands for."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations

from ganzoo.engine.average import MovingAverage, decay_of


def test_the_average_is_the_weighted_sum_of_all_past_weights():
    network = nn.Linear(2, 1, bias=False)
    average = MovingAverage(network)
    decays = np.random.default_rng(0).uniform(0.5, 1, size=200)
    expected = network.weight.detach().double().numpy().copy()
    for decay in decays:
        with torch.no_grad():
            network.weight.normal_()
        average.update(network, float(decay))
        expected = decay * expected + (1 - decay) * network.weight.detach().double().numpy()
    np.testing.assert_allclose(average.average.weight.numpy(), expected, rtol=1e-5)


@pytest.mark.parametrize(
    ("half_life", "images", "expected"),
    [(64, 64, 0.5), (64, 128, 0.25), (128, 64, 0.5**0.5), (0, 64, 0.0), (1e-300, 64, 0.0)],
)
def test_half_is_left_after_a_half_life(half_life, images, expected):
    assert decay_of(half_life, images) == pytest.approx(expected)


def test_an_average_that_keeps_nothing_is_the_network():
    network = nn.Linear(3, 2)
    average = MovingAverage(network)
    nn.init.normal_(network.weight)
    average.update(network, 0.0)
    assert torch.equal(average.average.weight, network.weight)


def test_counters_are_copied_and_statistics_averaged():
    network = nn.BatchNorm1d(2)
    average = MovingAverage(network)
    network(torch.randn(16, 2) + 5)
    average.update(network, 2 / 11)
    assert average.average.num_batches_tracked == network.num_batches_tracked
    torch.testing.assert_close(average.average.running_mean, (1 - 2 / 11) * network.running_mean)
    assert not any(p.requires_grad for p in average.average.parameters())


def test_averaged_weights_are_spectrally_normalised_by_their_own_singular_vectors():
    """Averaged vectors would be shorter than 1, and the weights that they normalise too large."""
    torch.manual_seed(0)
    network = nn.Sequential(parametrizations.spectral_norm(nn.Linear(6, 5)))
    original = network[0].parametrizations.weight.original
    average = MovingAverage(network)
    for _ in range(60):
        with torch.no_grad():
            original.normal_()  # new singular vectors at every step
        network(torch.randn(1, 6))
        average.update(network, 0.9)
    for _ in range(300):  # the network stands still; the average catches up
        average.update(network, 0.9)
    largest = np.linalg.svd(average.average.eval()[0].weight.double().numpy(), compute_uv=False)[0]
    np.testing.assert_allclose(largest, 1, rtol=1e-4)


def test_while_the_network_moves_the_average_stays_normalised():
    torch.manual_seed(0)
    network = nn.Sequential(parametrizations.spectral_norm(nn.Linear(32, 32)))
    original = network[0].parametrizations.weight.original
    average = MovingAverage(network)
    for _ in range(300):
        with torch.no_grad():
            original.add_(torch.randn_like(original), alpha=0.02)
        network(torch.randn(1, 32))
        average.update(network, 0.99)
    average.average.eval()
    largest = np.linalg.svd(average.average[0].weight.double().numpy(), compute_uv=False)[0]
    np.testing.assert_allclose(largest, 1, rtol=0.02)
