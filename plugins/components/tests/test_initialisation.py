"""Initialisation: limits and moments against the published formulas."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from ganzoo_components.layers import SameConv2d, SameConvTranspose2d, keras_defaults_, normal_
from torch import Tensor, nn

# Limits of Glorot's uniform distribution, sqrt(6 / (fan_in + fan_out)), with the fans of Keras.
GLOROT: dict[str, tuple[Callable[[], nn.Module], float]] = {
    "dense": (lambda: nn.Linear(1000, 500), math.sqrt(6 / 1500)),
    "convolution": (lambda: SameConv2d(64, 32, 5, stride=2), math.sqrt(6 / (25 * 64 + 25 * 32))),
    "plain convolution": (lambda: nn.Conv2d(64, 32, 3), math.sqrt(6 / (9 * 64 + 9 * 32))),
    "transposed convolution": (lambda: SameConvTranspose2d(64, 32, 4), math.sqrt(6 / (16 * 64 + 16 * 32))),
}


def assert_uniform(weights: Tensor, limit: float) -> None:
    values = weights.detach().double().flatten()
    assert values.abs().max() <= limit * (1 + 1e-6)
    assert values.abs().max() > 0.999 * limit
    # Standard error of the mean of n uniform numbers: limit / sqrt(3 n).
    assert abs(values.mean()) < 5 * limit / math.sqrt(3 * values.numel())
    assert values.std().item() == pytest.approx(limit / math.sqrt(3), rel=0.02)


@pytest.mark.parametrize("name", GLOROT)
def test_keras_weights_are_glorot_uniform_and_biases_zero(name: str) -> None:
    build, limit = GLOROT[name]
    torch.manual_seed(0)
    layer = build()
    keras_defaults_(nn.Sequential(layer))
    assert isinstance(layer.weight, Tensor)
    assert isinstance(layer.bias, Tensor)
    assert_uniform(layer.weight, limit)
    assert layer.bias.count_nonzero() == 0


def test_keras_embeddings_are_uniform_within_a_twentieth() -> None:
    torch.manual_seed(0)
    layer = nn.Embedding(1000, 50)
    keras_defaults_(layer)
    assert_uniform(layer.weight, 0.05)


@pytest.mark.parametrize("std", [0.02, 0.1])
def test_normal_weights_have_the_deviation_asked_for(std: float) -> None:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(500, 400), SameConv2d(64, 64, 5), SameConvTranspose2d(64, 64, 5))
    normal_(network, std)
    for layer in network:
        values = layer.weight.detach().double().flatten()  # type: ignore[operator]
        assert abs(values.mean()) < 5 * std / math.sqrt(values.numel())
        assert values.std().item() == pytest.approx(std, rel=0.02)
        # Normal, not uniform: 4.6 % lie beyond two deviations, where a uniform variable has none.
        assert (values.abs() > 2 * std).double().mean().item() == pytest.approx(0.0455, abs=0.005)
        assert layer.bias.count_nonzero() == 0  # type: ignore[operator]


@pytest.mark.parametrize("initialise", [normal_, keras_defaults_])
def test_batch_normalisation_keeps_weight_one_and_bias_zero(initialise: Callable[[nn.Module], None]) -> None:
    layer = nn.BatchNorm2d(8)
    initialise(nn.Sequential(SameConv2d(1, 8, 3, bias=False), layer))
    assert layer.weight.eq(1).all()
    assert layer.bias.eq(0).all()


@pytest.mark.parametrize("initialise", [normal_, keras_defaults_])
def test_the_seed_decides_every_weight(initialise: Callable[[nn.Module], None]) -> None:
    def draw(seed: int) -> Tensor:
        network = nn.Sequential(nn.Linear(20, 20), SameConv2d(2, 2, 3))
        torch.manual_seed(seed)
        initialise(network)
        return nn.utils.parameters_to_vector(network.parameters())

    assert torch.equal(draw(1), draw(1))
    assert not torch.equal(draw(1), draw(2))
