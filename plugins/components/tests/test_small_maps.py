"""Convolutions of small maps as matrix products, against torch's own convolutions, fold and unfold."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

import pytest
import torch
import torch.nn.functional as F
from ganzoo_components.layers import (
    SameConv2d,
    SameConvTranspose2d,
    convolution,
    same_padding,
    small_maps,
    transposed,
)
from ganzoo_components.layers.small_maps import Columns, Geometry, Scattered
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn


@st.composite
def geometries(draw: st.DrawFn) -> tuple[int, int, Geometry]:
    """A height and width, and the 'same' geometry of a kernel on it."""
    height, width, kernel = draw(st.integers(1, 6)), draw(st.integers(1, 6)), draw(st.integers(1, 5))
    stride = draw(st.integers(1, 3))
    before = same_padding(height, kernel, stride)[0], same_padding(width, kernel, stride)[0]
    windows = -(-height // stride), -(-width // stride)
    return height, width, Geometry((kernel, kernel), stride, before, windows)


@given(geometries(), st.integers(1, 3), st.integers(1, 3))
@settings(deadline=None, max_examples=60)
def test_windows_are_those_of_unfold(drawn: tuple[int, int, Geometry], batch: int, channels: int) -> None:
    height, width, geometry = drawn
    images = torch.randn(batch, channels, height, width)
    (kernel, _), stride, (top, left), (rows, columns) = geometry
    padded = F.pad(images, (left, stride * columns + kernel, top, stride * rows + kernel))
    unfolded = F.unfold(padded, kernel, stride=stride)  # (B, C·k·k, windows)
    down, across = [(n - kernel) // stride + 1 for n in padded.shape[2:]]
    expected = unfolded.reshape(batch, channels, kernel, kernel, down, across)[..., :rows, :columns]
    got = Columns.apply(images, geometry).reshape(batch, rows, columns, kernel, kernel, channels)
    assert torch.equal(got, expected.permute(0, 4, 5, 2, 3, 1))


@given(geometries(), st.integers(1, 3))
@settings(deadline=None, max_examples=60)
def test_scattering_is_the_transpose_of_cutting(drawn: tuple[int, int, Geometry], channels: int) -> None:
    height, width, geometry = drawn
    images = torch.randn(2, channels, height, width, dtype=torch.float64)
    cut = Columns.apply(images, geometry)
    rows = torch.randn_like(cut)
    scattered = Scattered.apply(rows, geometry, tuple(images.shape))
    assert scattered.shape == images.shape
    torch.testing.assert_close((cut * rows).sum(), (images * scattered).sum())


@pytest.mark.slow
def test_gradients_of_first_and_second_order() -> None:
    geometry = Geometry((5, 5), 2, (1, 1), (2, 2))
    images = torch.randn(2, 3, 4, 4, dtype=torch.float64, requires_grad=True)
    rows = torch.randn(8, 75, dtype=torch.float64, requires_grad=True)
    # Squares, since a linear map alone has no second derivative to be wrong.
    for function, value in (
        (lambda x: Columns.apply(x, geometry) ** 2, images),
        (lambda x: Scattered.apply(x, geometry, (2, 3, 4, 4)) ** 2, rows),
    ):
        assert torch.autograd.gradcheck(function, (value,))
        assert torch.autograd.gradgradcheck(function, (value,))


@contextmanager
def calls() -> Iterator[list[str]]:
    """The names of the matrix-product paths taken meanwhile."""
    taken: list[str] = []

    def spied(name: str):
        original = getattr(small_maps, name)

        def spy(*arguments):
            taken.append(name)
            return original(*arguments)

        return spy

    with (
        patch.object(convolution, "convolve", spied("convolve")),
        patch.object(transposed, "convolve_transposed", spied("convolve_transposed")),
    ):
        yield taken


LAYERS = [
    pytest.param(lambda bias: SameConv2d(6, 4, 5, stride=2, bias=bias), (3, 6, 4, 4), id="strided"),
    pytest.param(lambda bias: SameConv2d(6, 4, 3, stride=2, bias=bias), (3, 6, 3, 4), id="odd-height"),
    pytest.param(lambda bias: SameConv2d(6, 4, 3, bias=bias), (3, 6, 2, 2), id="unstrided"),
    pytest.param(lambda bias: SameConvTranspose2d(6, 4, 5, bias=bias), (3, 6, 2, 2), id="transposed-5"),
    pytest.param(lambda bias: SameConvTranspose2d(6, 4, 4, bias=bias), (3, 6, 2, 1), id="transposed-4"),
]


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("channels_last", [True, False])
@pytest.mark.parametrize(("make", "shape"), LAYERS)
def test_autocast_to_bfloat16_gives_the_same_up_to_its_precision(
    make, shape: tuple[int, ...], channels_last: bool, bias: bool
) -> None:
    torch.manual_seed(0)
    layer: nn.Module = make(bias)
    if bias:
        nn.init.normal_(layer.bias)
    if channels_last:
        layer = layer.to(memory_format=torch.channels_last)
    images = torch.randn(shape, requires_grad=True)
    expected, exact_gradients = _output_and_gradients(layer.double(), images.double())
    layer = layer.float()
    with calls() as taken, torch.autocast("cpu", torch.bfloat16):
        output = layer(images)
    assert taken, "the small map was not multiplied as a matrix"
    assert output.dtype == torch.bfloat16
    # 8 bits of mantissa, and sums of up to 150 products.
    torch.testing.assert_close(output.double(), expected, rtol=0.02, atol=0.03)
    got = torch.autograd.grad(_energy(output.float()), [images, *layer.parameters()])
    for gradient, exact in zip(got, exact_gradients, strict=True):
        torch.testing.assert_close(gradient.double(), exact, rtol=0.05, atol=0.05 * exact.abs().max().item())


def _output_and_gradients(layer: nn.Module, images: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
    images = images.detach().requires_grad_()
    output = layer(images)
    return output.detach(), torch.autograd.grad(_energy(output), [images, *layer.parameters()])


def _energy(output: Tensor) -> Tensor:
    return (output**2).sum() / 2


@pytest.mark.parametrize(("make", "shape"), LAYERS)
def test_a_gradient_penalty_passes_through(make, shape: tuple[int, ...]) -> None:
    torch.manual_seed(0)
    layer = make(False).to(torch.float32)
    images = torch.randn(shape)

    def penalty_gradient(layer: nn.Module, images: Tensor) -> Tensor:
        images = images.detach().requires_grad_()
        logits = (layer(images).float() ** 2 if images.dtype == torch.float32 else layer(images) ** 2).sum()
        (slope,) = torch.autograd.grad(logits, images, create_graph=True)
        return torch.autograd.grad((slope**2).sum(), layer.weight)[0]

    exact = penalty_gradient(layer.double(), images.double())
    layer = layer.float()
    with calls() as taken, torch.autocast("cpu", torch.bfloat16):
        got = penalty_gradient(layer, images)
    assert taken
    torch.testing.assert_close(got.double(), exact, rtol=0.1, atol=0.05 * exact.abs().max().item())


@pytest.mark.parametrize(
    ("make", "shape", "dtype"),
    [
        pytest.param(lambda: SameConv2d(2, 2, 5, stride=2), (1, 2, 4, 4), torch.float32, id="float32"),
        pytest.param(lambda: SameConv2d(2, 2, 5, stride=2), (1, 2, 8, 8), torch.bfloat16, id="larger map"),
        pytest.param(lambda: SameConvTranspose2d(2, 2, 4), (1, 2, 4, 4), torch.bfloat16, id="larger input"),
    ],
)
def test_other_convolutions_stay_torchs_own(make, shape: tuple[int, ...], dtype: torch.dtype) -> None:
    with calls() as taken, torch.autocast("cpu", torch.bfloat16, enabled=dtype == torch.bfloat16):
        make()(torch.randn(shape))
    assert not taken


def test_an_output_without_pixels_from_meta_tensors() -> None:
    layer = SameConv2d(2, 3, 5, stride=2).to("meta")
    assert layer(torch.empty(7, 2, 4, 4, device="meta")).shape == (7, 3, 2, 2)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize(("make", "shape"), LAYERS)
def test_what_follows_may_change_the_result_in_place(make, shape: tuple[int, ...], bias: bool) -> None:
    layer: nn.Module = make(bias)
    images = torch.randn(shape, requires_grad=True)
    with calls() as taken, torch.autocast("cpu", torch.bfloat16):
        changed = F.relu(layer(images), inplace=True)
        expected = F.relu(layer(images))
    assert taken, "the small map was not multiplied as a matrix"
    assert torch.equal(changed, expected)
    changed.sum().backward()
    assert images.grad is not None
