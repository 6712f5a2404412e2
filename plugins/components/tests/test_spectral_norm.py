"""Spectral normalisation against numpy's singular values, and what must go on working with it."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from ganzoo_components.layers import ConditionalBatchNorm2d, SameConv2d, SameConvTranspose2d, spectral_norm_
from torch import nn

LAYERS = [
    pytest.param(lambda: nn.Linear(7, 5), (3, 7), id="dense"),
    pytest.param(lambda: SameConv2d(4, 6, 3), (2, 4, 5, 5), id="convolution"),
    pytest.param(lambda: SameConvTranspose2d(6, 4, 4), (2, 6, 5, 5), id="transposed"),
]


def largest_singular_value(layer: nn.Module) -> float:
    """Of the matrix of outputs by everything else; a transposed convolution's outputs come second."""
    weight = layer.weight.detach().double().numpy()
    if isinstance(layer, nn.ConvTranspose2d):
        weight = weight.swapaxes(0, 1)
    return float(np.linalg.svd(weight.reshape(len(weight), -1), compute_uv=False)[0])


@pytest.mark.parametrize(("make", "shape"), LAYERS)
def test_the_largest_singular_value_is_one(make, shape: tuple[int, ...]) -> None:
    torch.manual_seed(0)
    network = nn.Sequential(make())
    assert largest_singular_value(network[0]) != pytest.approx(1, abs=0.05)
    spectral_norm_(network)
    for _ in range(100):  # one power iteration each
        network(torch.randn(shape))
    network.eval()
    assert largest_singular_value(network[0]) == pytest.approx(1, abs=1e-5)


def test_the_direction_of_the_weight_stays() -> None:
    torch.manual_seed(0)
    layer = nn.Linear(7, 5)
    weight = layer.weight.detach().double().numpy().copy()
    network = nn.Sequential(layer)
    spectral_norm_(network)
    for _ in range(100):
        network(torch.randn(3, 7))
    expected = weight / np.linalg.svd(weight, compute_uv=False)[0]
    np.testing.assert_allclose(network.eval()[0].weight.detach().numpy(), expected, rtol=1e-4, atol=1e-6)


def test_it_follows_weights_that_move() -> None:
    torch.manual_seed(0)
    network = nn.Sequential(SameConv2d(8, 8, 3))
    spectral_norm_(network)
    weight = network[0].parametrizations.weight.original
    direction = torch.randn_like(weight)
    for _ in range(300):
        with torch.no_grad():
            weight.add_(direction, alpha=0.002)
        network(torch.randn(1, 8, 4, 4))
    assert largest_singular_value(network.eval()[0]) == pytest.approx(1, abs=0.01)


def test_evaluation_leaves_the_singular_vectors_alone() -> None:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(7, 5))
    spectral_norm_(network)
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    network.eval()(torch.randn(3, 7))
    assert all(torch.equal(before[name], tensor) for name, tensor in network.state_dict().items())
    network.train()(torch.randn(3, 7))
    assert not all(torch.equal(before[name], tensor) for name, tensor in network.state_dict().items())


def test_singular_vectors_are_in_the_state_dict() -> None:
    torch.manual_seed(0)
    first, second = (nn.Sequential(SameConv2d(4, 6, 3)) for _ in range(2))
    for network in (first, second):
        spectral_norm_(network)
    images = torch.randn(2, 4, 5, 5)
    first(images)
    second.load_state_dict(first.state_dict())
    assert torch.equal(first(images), second(images))  # both take the same next power iteration
    assert torch.equal(first.eval()(images), second.eval()(images))


def test_two_passes_before_one_backward() -> None:
    """Real and fake images go through before the loss: the first pass' gradient is still there."""
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(7, 5), nn.ReLU(), nn.Linear(5, 1))
    spectral_norm_(network)
    loss = network(torch.randn(3, 7)).mean() - network(torch.randn(3, 7)).mean()
    loss.backward()
    for name, parameter in network.named_parameters():
        if name != "2.bias":  # which the difference cancels
            assert parameter.grad is not None
            assert parameter.grad.count_nonzero() > 0, name


def test_the_gradient_is_that_of_the_quotient() -> None:
    """d/dW of the sum of c·W/σ is c/σ - (c·W/σ²) u vᵀ (Miyato et al., 2018, equation 12)."""
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(4, 3, bias=False)).double()
    spectral_norm_(network)
    for _ in range(200):
        network(torch.randn(1, 4, dtype=torch.float64))
    network.eval()
    c = torch.randn(3, 4, dtype=torch.float64)
    (c * network[0].weight).sum().backward()
    original = network[0].parametrizations.weight.original
    weight = original.detach().numpy()
    u, s, vt = np.linalg.svd(weight)
    expected = c.numpy() / s[0] - (c.numpy() * weight).sum() / s[0] ** 2 * np.outer(u[:, 0], vt[0])
    assert original.grad is not None
    np.testing.assert_allclose(original.grad.numpy(), expected, rtol=1e-6, atol=1e-9)


def test_conditional_batch_norm_keeps_its_gains() -> None:
    network = nn.Sequential(nn.Linear(3, 3), ConditionalBatchNorm2d(4, 3))
    spectral_norm_(network)
    names = [name for name, _ in network.named_parameters()]
    assert names == [
        "0.bias",
        "0.parametrizations.weight.original",
        "1.gain.weight",
        "1.bias.weight",
    ]


def test_under_autocast_the_norm_is_computed_in_float32() -> None:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(64, 64))
    spectral_norm_(network)
    twin = copy.deepcopy(network)
    inputs = torch.randn(3, 64)
    for _ in range(20):
        twin(inputs)
        with torch.autocast("cpu", torch.bfloat16):
            network(inputs)
            assert network[0].weight.dtype == torch.float32
            assert twin[0].weight.dtype == torch.float32
    for one, other in zip(twin.buffers(), network.buffers(), strict=True):
        torch.testing.assert_close(one, other)


def test_compiles_and_differentiates_twice() -> None:
    torch.manual_seed(0)
    network = nn.Sequential(SameConv2d(2, 3, 3), nn.ReLU(), SameConv2d(3, 1, 3))
    spectral_norm_(network)
    images = torch.randn(2, 2, 5, 5, requires_grad=True)
    (slope,) = torch.autograd.grad(network(images).square().sum(), images, create_graph=True)
    slope.square().sum().backward()
    weight = network[0].parametrizations.weight.original
    assert weight.grad is not None
    assert weight.grad.isfinite().all()
    network.eval()
    compiled = torch.compile(network, backend="eager", fullgraph=True)
    torch.testing.assert_close(compiled(images), network(images))


def test_builds_and_runs_on_the_meta_device() -> None:
    with torch.device("meta"):
        network = nn.Sequential(SameConv2d(2, 3, 3))
        spectral_norm_(network)
        assert network(torch.empty(4, 2, 5, 5)).shape == (4, 3, 5, 5)
