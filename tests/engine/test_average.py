"""The moving average of the generator, against the sum it stands for."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn
from torch.nn.utils import parametrizations

from ganzoo.engine.average import MovingAverage


def test_the_average_is_the_weighted_sum_of_all_past_weights():
    network = nn.Linear(2, 1, bias=False)
    average = MovingAverage(network, decay=0.9)
    weights = [network.weight.detach().double().numpy().copy()]
    for step in range(1, 200):
        with torch.no_grad():
            network.weight.normal_()
        average.update(network, step)
        weights.append(network.weight.detach().double().numpy().copy())
    expected = weights[0]
    for step, weight in enumerate(weights[1:], start=1):
        decay = min(0.9, (1 + step) / (10 + step))
        expected = decay * expected + (1 - decay) * weight
    np.testing.assert_allclose(average.average.weight.numpy(), expected, rtol=1e-5)


def test_initial_weights_are_forgotten_early():
    network = nn.Linear(1, 1, bias=False)
    nn.init.constant_(network.weight, 1000.0)
    average = MovingAverage(network, decay=0.999)
    nn.init.zeros_(network.weight)
    for step in range(1, 101):
        average.update(network, step)
    # The product of (1 + s) / (10 + s) for s = 1..100 is far below 0.999 ** 100 = 0.90.
    assert average.average.weight.item() < 1e-3


def test_counters_are_copied_and_statistics_averaged():
    network = nn.BatchNorm1d(2)
    average = MovingAverage(network, decay=0.5)
    network(torch.randn(16, 2) + 5)
    average.update(network, step=1)
    assert average.average.num_batches_tracked == network.num_batches_tracked
    decay = min(0.5, 2 / 11)
    torch.testing.assert_close(average.average.running_mean, (1 - decay) * network.running_mean)
    assert not any(p.requires_grad for p in average.average.parameters())


def test_averaged_weights_are_spectrally_normalised_by_their_own_singular_vectors():
    """Averaged vectors would be shorter than 1, and the weights that they normalise too large."""
    torch.manual_seed(0)
    network = nn.Sequential(parametrizations.spectral_norm(nn.Linear(6, 5)))
    original = network[0].parametrizations.weight.original
    average = MovingAverage(network, decay=0.9)
    for step in range(1, 60):
        with torch.no_grad():
            original.normal_()  # new singular vectors at every step
        network(torch.randn(1, 6))
        average.update(network, step)
    for _ in range(300):  # the network stands still; the average catches up
        average.update(network, step=1000)
    largest = np.linalg.svd(average.average.eval()[0].weight.double().numpy(), compute_uv=False)[0]
    np.testing.assert_allclose(largest, 1, rtol=1e-4)


def test_while_the_network_moves_the_average_stays_normalised():
    torch.manual_seed(0)
    network = nn.Sequential(parametrizations.spectral_norm(nn.Linear(32, 32)))
    original = network[0].parametrizations.weight.original
    average = MovingAverage(network, decay=0.99)
    for step in range(1, 300):
        with torch.no_grad():
            original.add_(torch.randn_like(original), alpha=0.02)
        network(torch.randn(1, 32))
        average.update(network, step)
    average.average.eval()
    largest = np.linalg.svd(average.average[0].weight.double().numpy(), compute_uv=False)[0]
    np.testing.assert_allclose(largest, 1, rtol=0.02)
