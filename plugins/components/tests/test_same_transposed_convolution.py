"""SameConvTranspose2d against both definitions of transposed convolution and against worked numbers."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
import torch
from ganzoo_components.layers import SameConv2d, SameConvTranspose2d
from hypothesis import given, settings
from hypothesis import strategies as st

Array = npt.NDArray[np.float64]

# Rows cut before and after: what 'same' convolution with stride 2 pads.
CUTS = {2: (0, 0), 3: (0, 1), 4: (1, 1), 5: (1, 2), 6: (2, 2), 7: (2, 3)}

# [[1, 2], [3, 4]] under a kernel of ones, added up by hand at stride 2, then cut.
ONES = {
    3: [[1, 1, 3, 2], [1, 1, 3, 2], [4, 4, 10, 6], [3, 3, 7, 4]],
    4: [[1, 3, 3, 2], [4, 10, 10, 6], [4, 10, 10, 6], [3, 7, 7, 4]],
    5: [[1, 3, 3, 3], [4, 10, 10, 10], [4, 10, 10, 10], [4, 10, 10, 10]],
}


def scatter(image: Array, kernel: Array) -> Array:
    """Definition 1: each pixel times the kernel is added to the output, which is then cut."""
    size, (height, width) = len(kernel), image.shape
    output = np.zeros((2 * (height - 1) + size, 2 * (width - 1) + size))
    for i in range(height):
        for j in range(width):
            for a in range(size):
                for b in range(size):
                    output[2 * i + a, 2 * j + b] += image[i, j] * kernel[a, b]
    before, after = CUTS[size]
    return output[before : output.shape[0] - after, before : output.shape[1] - after]


def gradient_of_convolution(image: Array, kernel: Array) -> Array:
    """Definition 2: the transposed matrix of the convolution that takes the output to the input's size."""
    size, (height, width), (before, _) = len(kernel), image.shape, CUTS[len(kernel)]
    matrix = np.zeros((height, width, 2 * height, 2 * width))
    for i in range(height):
        for j in range(width):
            for a in range(size):
                for b in range(size):
                    y, x = 2 * i + a - before, 2 * j + b - before
                    if 0 <= y < 2 * height and 0 <= x < 2 * width:
                        matrix[i, j, y, x] = kernel[a, b]
    return np.tensordot(image, matrix, axes=2)


def layer_with(kernel: Array) -> SameConvTranspose2d:
    layer = SameConvTranspose2d(1, 1, len(kernel), bias=False).double()
    with torch.no_grad():
        layer.weight.copy_(torch.from_numpy(kernel)[None, None])
    return layer


def apply(layer: torch.nn.Module, image: Array) -> Array:
    output: Array = layer(torch.from_numpy(image)[None, None])[0, 0].detach().numpy()
    return output


@pytest.mark.parametrize("kernel_size", ONES)
def test_worked_numbers_under_a_kernel_of_ones(kernel_size: int) -> None:
    image, kernel = np.array([[1.0, 2.0], [3.0, 4.0]]), np.ones((kernel_size, kernel_size))
    expected = np.array(ONES[kernel_size], dtype=float)
    np.testing.assert_array_equal(scatter(image, kernel), expected)
    np.testing.assert_array_equal(gradient_of_convolution(image, kernel), expected)
    np.testing.assert_array_equal(apply(layer_with(kernel), image), expected)


def test_worked_numbers_that_show_the_kernel_is_not_flipped() -> None:
    image = kernel = np.array([[0.0, 1.0], [2.0, 3.0]])
    expected = np.array([[0, 0, 0, 1], [0, 0, 2, 3], [0, 2, 0, 3], [4, 6, 6, 9]], dtype=float)
    np.testing.assert_array_equal(scatter(image, kernel), expected)
    np.testing.assert_array_equal(gradient_of_convolution(image, kernel), expected)
    np.testing.assert_array_equal(apply(layer_with(kernel), image), expected)


@pytest.mark.parametrize("kernel_size", CUTS)
def test_both_definitions_and_the_layer_agree(kernel_size: int) -> None:
    numbers = np.random.default_rng(kernel_size)
    image, kernel = numbers.normal(size=(3, 4)), numbers.normal(size=(kernel_size, kernel_size))
    expected = scatter(image, kernel)
    np.testing.assert_allclose(gradient_of_convolution(image, kernel), expected, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(apply(layer_with(kernel), image), expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("kernel_size", CUTS)
def test_is_the_gradient_of_the_same_convolution(kernel_size: int) -> None:
    torch.manual_seed(0)
    convolution = SameConv2d(2, 3, kernel_size, stride=2, bias=False).double()
    transposed = SameConvTranspose2d(3, 2, kernel_size, bias=False).double()
    transposed.load_state_dict(convolution.state_dict())
    output = torch.zeros(1, 2, 6, 10, dtype=torch.float64, requires_grad=True)
    gradient = torch.randn(1, 3, 3, 5, dtype=torch.float64)
    (expected,) = torch.autograd.grad(convolution(output), output, gradient)
    torch.testing.assert_close(transposed(gradient), expected, rtol=1e-12, atol=1e-12)


def test_kernel_5_starts_one_pixel_before_and_not_two() -> None:
    image = np.zeros((3, 3))
    image[1, 1] = 1
    rows = np.flatnonzero(apply(layer_with(np.ones((5, 5))), image).any(axis=1))
    # The pixel lands at 2·1 - 1; torch's padding 2 with output_padding 1 would begin at 2·1 - 2.
    assert rows.tolist() == [1, 2, 3, 4, 5]


@settings(deadline=None)
@given(st.integers(1, 12), st.integers(1, 12), st.integers(2, 8))
def test_doubles_exactly(height: int, width: int, kernel_size: int) -> None:
    layer = SameConvTranspose2d(1, 2, kernel_size)
    assert layer(torch.zeros(1, 1, height, width)).shape == (1, 2, 2 * height, 2 * width)


def test_a_kernel_of_one_pixel_would_leave_holes() -> None:
    with pytest.raises(ValueError, match="2 or more to double an image, not 1"):
        SameConvTranspose2d(1, 1, 1)
