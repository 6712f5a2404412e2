"""Self-attention and minibatch standard deviation against the papers' equations, in float64."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from ganzoo_components.layers import MinibatchStandardDeviation, SelfAttention2d


def test_self_attention_against_the_equations() -> None:
    torch.manual_seed(0)
    layer = SelfAttention2d(16).double()
    with torch.no_grad():
        layer.scale.fill_(0.7)
    images = torch.randn(2, 16, 3, 4, dtype=torch.float64)
    f, g, h, v = (
        convolution.weight.detach().numpy()[:, :, 0, 0]
        for convolution in (layer.key, layer.query, layer.value, layer.output)
    )
    expected = np.zeros((2, 16, 12))
    for b, x in enumerate(images.numpy().reshape(2, 16, 12)):
        for j in range(12):
            s = np.array([(f @ x[:, i]) @ (g @ x[:, j]) for i in range(12)])
            beta = np.exp(s) / np.exp(s).sum()  # equation 1
            o = v @ sum(beta[i] * (h @ x[:, i]) for i in range(12))  # equation 2
            expected[b, :, j] = 0.7 * o + x[:, j]  # equation 3
    found = layer(images).detach().numpy().reshape(2, 16, 12)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)


def test_self_attention_starts_as_the_identity_and_counts() -> None:
    layer = SelfAttention2d(64)
    images = torch.randn(2, 64, 4, 4)
    assert torch.equal(layer(images), images)
    # Three convolutions to 64 / 8 channels, one back, and the scale: 4·64·8 + 1.
    assert sum(p.numel() for p in layer.parameters()) == 2049


def test_minibatch_standard_deviation_by_hand() -> None:
    # Two maps of one pixel: standard deviations 1 over (1, 3) and 3 over (0, 6); their mean is 2.
    images = torch.tensor([[1.0, 0.0], [3.0, 6.0]])[:, :, None, None]
    found = MinibatchStandardDeviation()(images)
    assert found.shape == (2, 3, 1, 1)
    assert torch.equal(found[:, :2], images)
    torch.testing.assert_close(found[:, 2].flatten(), torch.tensor([2.0, 2.0]))


@pytest.mark.parametrize(("batch", "group_size", "groups"), [(8, 4, 2), (8, None, 1), (6, 4, 1), (3, 1, 3)])
def test_minibatch_standard_deviation_against_numpy(batch: int, group_size: int | None, groups: int) -> None:
    rng = np.random.default_rng(0)
    images = rng.normal(size=(batch, 3, 4, 5)).astype(np.float32)
    found = MinibatchStandardDeviation(group_size)(torch.from_numpy(images)).numpy()
    assert found.shape == (batch, 4, 4, 5)
    for member in range(batch):
        of_group = images[member % groups :: groups]
        expected = np.sqrt(of_group.astype(np.float64).var(axis=0) + 1e-8).mean()
        np.testing.assert_allclose(found[member, 3], expected, rtol=1e-5)


def test_minibatch_standard_deviation_of_equal_images_has_a_gradient() -> None:
    images = torch.ones(4, 2, 3, 3, requires_grad=True)
    MinibatchStandardDeviation()(images)[:, 2].sum().backward()
    assert images.grad is not None
    assert images.grad.isfinite().all()
