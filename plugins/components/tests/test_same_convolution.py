"""SameConv2d against padding and sums written out in float64."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from ganzoo_components.layers import SameConv2d, same_padding
from ganzoo_components.layers.convolution import repeat_edges
from hypothesis import given, settings
from hypothesis import strategies as st

# (size, kernel, stride) to (before, after): TensorFlow's rule, worked out by hand.
PADDINGS = {
    (32, 5, 2): (1, 2),
    (28, 5, 2): (1, 2),
    (32, 4, 2): (1, 1),
    (28, 3, 2): (0, 1),
    (7, 3, 2): (1, 1),
    (9, 5, 2): (2, 2),
    (8, 2, 2): (0, 0),
    (8, 1, 2): (0, 0),
    (28, 7, 1): (3, 3),
    (5, 3, 1): (1, 1),
    (5, 4, 1): (1, 2),
    (10, 5, 3): (2, 2),
}


@pytest.mark.parametrize(("geometry", "expected"), PADDINGS.items())
def test_padding_is_that_of_tensorflow(geometry: tuple[int, int, int], expected: tuple[int, int]) -> None:
    assert same_padding(*geometry) == expected


@pytest.mark.parametrize(
    "height_geometry", [(8, 5, 2), (8, 4, 2), (8, 3, 2), (7, 3, 2), (5, 4, 1), (5, 3, 1)]
)
@pytest.mark.parametrize("width", [6, 9])
def test_equals_sums_over_a_padded_image(height_geometry: tuple[int, int, int], width: int) -> None:
    height, kernel_size, stride = height_geometry
    pads = {
        (8, 5, 2): (1, 2), (6, 5, 2): (1, 2), (9, 5, 2): (2, 2),
        (8, 4, 2): (1, 1), (6, 4, 2): (1, 1), (9, 4, 2): (1, 2),
        (8, 3, 2): (0, 1), (6, 3, 2): (0, 1), (9, 3, 2): (1, 1), (7, 3, 2): (1, 1),
        (5, 4, 1): (1, 2), (6, 4, 1): (1, 2), (9, 4, 1): (1, 2),
        (5, 3, 1): (1, 1), (6, 3, 1): (1, 1), (9, 3, 1): (1, 1),
    }  # fmt: skip
    torch.manual_seed(0)
    layer = SameConv2d(2, 3, kernel_size, stride=stride).double()
    images = torch.randn(2, 2, height, width, dtype=torch.float64)
    padded = np.pad(
        images.numpy(), ((0, 0), (0, 0), pads[height, kernel_size, stride], pads[width, kernel_size, stride])
    )
    weight, bias = layer.weight.detach().numpy(), layer.bias.detach().numpy()  # type: ignore[union-attr]
    rows, columns = math.ceil(height / stride), math.ceil(width / stride)
    expected = np.zeros((2, 3, rows, columns))
    for b, o, row, column in np.ndindex(2, 3, rows, columns):
        top, left = row * stride, column * stride
        window = padded[b, :, top : top + kernel_size, left : left + kernel_size]
        expected[b, o, row, column] = (window * weight[o]).sum() + bias[o]
    np.testing.assert_allclose(layer(images).detach().numpy(), expected, rtol=1e-12, atol=1e-12)


@settings(deadline=None)
@given(st.integers(1, 20), st.integers(1, 20), st.integers(1, 7), st.integers(1, 3))
def test_the_stride_alone_decides_the_size(height: int, width: int, kernel_size: int, stride: int) -> None:
    layer = SameConv2d(1, 1, kernel_size, stride=stride)
    expected = (1, 1, math.ceil(height / stride), math.ceil(width / stride))
    assert layer(torch.zeros(1, 1, height, width)).shape == expected


def test_without_bias_zeros_stay_zeros() -> None:
    layer = SameConv2d(2, 3, 5, stride=2, bias=False)
    assert layer.bias is None
    assert layer(torch.zeros(1, 2, 8, 8)).count_nonzero() == 0


@pytest.mark.parametrize(("kernel_size", "stride"), [(3, 1), (4, 1), (5, 2), (7, 3)])
@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_edges_may_be_repeated_instead(kernel_size: int, stride: int, dtype: torch.dtype) -> None:
    torch.manual_seed(0)
    layer = SameConv2d(2, 3, kernel_size, stride=stride, padding_mode="replicate").to(dtype)
    images = torch.randn(2, 2, 2, 7, dtype=dtype)
    around = [same_padding(side, kernel_size, stride) for side in images.shape[2:]]
    padded = np.pad(images.double().numpy(), ((0, 0), (0, 0), *around), mode="edge")
    weight, bias = layer.weight.detach().double().numpy(), layer.bias.detach().double().numpy()
    expected = np.zeros((2, 3, -(-2 // stride), -(-7 // stride)))
    for b, o, y, x in np.ndindex(*expected.shape):
        window = padded[b, :, y * stride : y * stride + kernel_size, x * stride : x * stride + kernel_size]
        expected[b, o, y, x] = (window * weight[o]).sum() + bias[o]
    tolerance = 1e-12 if dtype == torch.float64 else 0.03
    np.testing.assert_allclose(
        layer(images).detach().double().numpy(), expected, rtol=tolerance, atol=tolerance
    )


@pytest.mark.parametrize("padding", [(0, 0, 0, 0), (1, 2, 0, 3), (3, 3, 3, 3)])
def test_edges_are_repeated_alike_where_they_are_compiled(monkeypatch: Any, padding: Any) -> None:
    images = torch.randn(2, 3, 4, 5, dtype=torch.float64, requires_grad=True)
    weight = torch.randn(2, 3, 4 + sum(padding[2:]), 5 + sum(padding[:2]), dtype=torch.float64)
    expected = F.pad(images, padding, mode="replicate")
    (expected_gradient,) = torch.autograd.grad((expected * weight).sum(), images)

    monkeypatch.setattr(torch.compiler, "is_compiling", lambda: True)
    padded = repeat_edges(images, padding)
    (gradient,) = torch.autograd.grad((padded * weight).sum(), images)

    assert torch.equal(padded, expected)
    torch.testing.assert_close(gradient, expected_gradient, rtol=1e-12, atol=1e-12)


@pytest.mark.slow
def test_a_convolution_that_repeats_edges_is_compiled_with_its_gradient() -> None:
    torch.manual_seed(0)
    layer = SameConv2d(8, 1, 7, padding_mode="replicate").to(memory_format=torch.channels_last)
    images = torch.randn(2, 8, 8, 8).to(memory_format=torch.channels_last).requires_grad_()
    (expected,) = torch.autograd.grad(layer(images).square().sum(), images)

    # As behind another layer: the gradient goes on through something that is compiled too.
    compiled = torch.compile(lambda maps: layer(maps * 1.0).square().sum())
    (gradient,) = torch.autograd.grad(compiled(images), images)

    torch.testing.assert_close(gradient, expected, rtol=1e-4, atol=1e-4)
