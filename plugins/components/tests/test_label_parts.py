"""Conditional batch normalisation, projection and labels against numpy, in float64."""

from __future__ import annotations

import functools

import numpy as np
import pytest
import torch
from ganzoo_components.conditionings import Embedding, OneHot
from ganzoo_components.layers import ConditionalBatchNorm2d, Projection, label_vectors, require_classes

from ganzoo.errors import UsageError


def test_conditional_batch_norm_against_numpy() -> None:
    rng = np.random.default_rng(0)
    images, gains, biases = rng.normal(3, 2, (6, 4, 5, 3)), rng.normal(size=(3, 4)), rng.normal(size=(3, 4))
    labels = np.array([0, 2, 1, 1, 0, 2])
    layer = ConditionalBatchNorm2d(4, 3).double()
    with torch.no_grad():  # a dense layer's weight is (outputs, inputs), a column a class
        layer.gain.weight.copy_(torch.from_numpy(gains.T - 1))
        layer.bias.weight.copy_(torch.from_numpy(biases.T))
    vectors = OneHot(OneHot.Config(), 3).double()(torch.from_numpy(labels))
    mean = images.mean(axis=(0, 2, 3), keepdims=True)
    variance = images.var(axis=(0, 2, 3), keepdims=True)
    normalised = (images - mean) / np.sqrt(variance + 1e-5)
    expected = normalised * gains[labels][:, :, None, None] + biases[labels][:, :, None, None]
    np.testing.assert_allclose(layer(torch.from_numpy(images), vectors).detach().numpy(), expected, rtol=1e-9)

    # In evaluation mode with the running statistics: momentum 0.1 from mean 0 and variance 1, unbiased.
    mean, variance = 0.1 * mean, 0.9 + 0.1 * variance * 90 / 89
    normalised = (images - mean) / np.sqrt(variance + 1e-5)
    expected = normalised * gains[labels][:, :, None, None] + biases[labels][:, :, None, None]
    found = layer.eval()(torch.from_numpy(images), vectors)
    np.testing.assert_allclose(found.detach().numpy(), expected, rtol=1e-9)


def test_conditional_batch_norm_starts_as_batch_norm() -> None:
    images = torch.randn(4, 3, 5, 5)
    expected = torch.nn.BatchNorm2d(3)(images)
    torch.testing.assert_close(ConditionalBatchNorm2d(3, 7)(images, torch.randn(4, 7)), expected)


def test_projection_against_numpy() -> None:
    rng = np.random.default_rng(0)
    features, table = rng.normal(size=(5, 4)), rng.normal(size=(3, 4))
    labels = np.array([2, 0, 1, 1, 2])
    head = Projection(4, 3).double()
    assert head.label is not None
    with torch.no_grad():
        head.label.weight.copy_(torch.from_numpy(table.T))
    weight, bias = (p.detach().numpy() for p in head.dense.parameters())
    expected = features @ weight[0] + bias + (table[labels] * features).sum(axis=1)
    vectors = OneHot(OneHot.Config(), 3).double()(torch.from_numpy(labels))
    found = head(torch.from_numpy(features), vectors)
    np.testing.assert_allclose(found.detach().numpy(), expected, rtol=1e-12)
    plain = Projection(4, None).double()
    plain.dense = head.dense
    found = plain(torch.from_numpy(features)).detach().numpy()
    np.testing.assert_allclose(found, features @ weight[0] + bias, rtol=1e-12)


def test_labels_become_vectors_only_with_a_conditioning() -> None:
    labels = torch.tensor([1, 0])
    conditioning = functools.partial(Embedding, Embedding.Config(features=5))(3)
    vectors = label_vectors(conditioning, labels, 3, latents=torch.zeros(2, 4))
    assert vectors is not None
    assert torch.equal(vectors, conditioning.embedding.weight[labels])
    assert label_vectors(None, labels, None, latents=torch.zeros(7, 4)) is None
    with pytest.raises(ValueError, match="not 3 latents and 2 labels"):
        label_vectors(conditioning, labels, 3, latents=torch.zeros(3, 4))
    with pytest.raises(ValueError, match="needs labels"):
        label_vectors(conditioning, None, 3)


@pytest.mark.parametrize("num_classes", [None, 0])
def test_no_classes_are_refused(num_classes: int | None) -> None:
    assert require_classes("somegan", 3) == 3
    with pytest.raises(UsageError, match=f"somegan draws images by class.*not {num_classes}"):
        require_classes("somegan", num_classes)
