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
from ganzoo_components.layers.small_maps import (
    PRODUCTS,
    PRODUCTS_FOR_WEIGHTS,
    SLABS,
    Convolve,
    Correlate,
    Method,
    Spread,
)
from ganzoo_components.layers.windows import Geometry, cut, scatter
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.autograd import Function

METHODS = [
    pytest.param(PRODUCTS, id="products"),
    pytest.param(PRODUCTS_FOR_WEIGHTS, id="products-for-weights"),
    pytest.param(SLABS, id="slabs"),
]


@st.composite
def geometries(draw: st.DrawFn) -> Geometry:
    """The 'same' geometry of a kernel on a map."""
    height, width, kernel = draw(st.integers(1, 6)), draw(st.integers(1, 6)), draw(st.integers(1, 5))
    stride = draw(st.integers(1, 3))
    before = same_padding(height, kernel, stride)[0], same_padding(width, kernel, stride)[0]
    windows = -(-height // stride), -(-width // stride)
    return Geometry((kernel, kernel), stride, before, windows, (height, width))


@given(geometries(), st.integers(1, 3), st.integers(1, 3))
@settings(deadline=None, max_examples=60)
def test_windows_are_those_of_unfold(geometry: Geometry, batch: int, channels: int) -> None:
    (kernel, _), stride, (top, left), (rows, columns), (height, width) = geometry
    images = torch.randn(batch, channels, height, width)
    padded = F.pad(images, (left, stride * columns + kernel, top, stride * rows + kernel))
    unfolded = F.unfold(padded, kernel, stride=stride)  # (B, C·k·k, windows)
    down, across = [(n - kernel) // stride + 1 for n in padded.shape[2:]]
    expected = unfolded.reshape(batch, channels, kernel, kernel, down, across)[..., :rows, :columns]
    got = cut(images.permute(0, 2, 3, 1), geometry).reshape(batch, rows, columns, kernel, kernel, channels)
    assert torch.equal(got, expected.permute(0, 4, 5, 2, 3, 1))


@given(geometries(), st.integers(1, 3))
@settings(deadline=None, max_examples=60)
def test_scattering_is_the_transpose_of_cutting(geometry: Geometry, channels: int) -> None:
    images = torch.randn(2, *geometry.size, channels, dtype=torch.float64)
    rows = torch.randn_like(cut(images, geometry))
    scattered = scatter(rows, geometry, channels)
    assert scattered.shape == images.shape
    torch.testing.assert_close((cut(images, geometry) * rows).sum(), (images * scattered).sum())


@pytest.mark.parametrize("method", METHODS)
@given(geometries(), st.integers(1, 3), st.integers(1, 3))
@settings(deadline=None, max_examples=40)
def test_each_way_is_torchs_convolution_with_its_gradients(
    method: Method, geometry: Geometry, in_channels: int, out_channels: int
) -> None:
    images = torch.randn(2, in_channels, *geometry.size, dtype=torch.float64, requires_grad=True)
    weight = torch.randn(out_channels, in_channels, *geometry.kernel, dtype=torch.float64, requires_grad=True)
    expected = F.conv2d(F.pad(images, geometry.padding), weight, stride=geometry.stride)
    features = torch.randn_like(expected, requires_grad=True)
    of_images, of_weight = torch.autograd.grad((expected * features).sum(), [images, weight])
    torch.testing.assert_close(Convolve.apply(images, weight, geometry, method), expected)
    torch.testing.assert_close(Spread.apply(features, weight, geometry, method), of_images)
    torch.testing.assert_close(Correlate.apply(images, features, geometry, method), of_weight)


@pytest.mark.slow
@pytest.mark.parametrize("method", METHODS)
def test_gradients_of_first_and_second_order(method: Method) -> None:
    geometry = Geometry((5, 5), 2, (1, 1), (2, 2), (4, 4))
    images = torch.randn(1, 1, 4, 4, dtype=torch.float64, requires_grad=True)
    weight = torch.randn(1, 1, 5, 5, dtype=torch.float64, requires_grad=True)
    features = torch.randn(1, 1, 2, 2, dtype=torch.float64, requires_grad=True)
    for function, factors in (
        (Convolve, (images, weight)),
        (Spread, (features, weight)),
        (Correlate, (images, features)),
    ):

        def of(first: Tensor, second: Tensor, function: type[Function] = function) -> Tensor:
            return function.apply(first, second, geometry, method)

        assert torch.autograd.gradcheck(of, factors)
        assert torch.autograd.gradgradcheck(of, factors)


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
    pytest.param(lambda bias: SameConv2d(6, 4, 5, stride=2, bias=bias), (3, 6, 8, 7), id="to-4x4"),
    pytest.param(lambda bias: SameConvTranspose2d(6, 4, 5, bias=bias), (3, 6, 4, 4), id="from-4x4"),
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
        pytest.param(lambda: SameConv2d(2, 2, 5, stride=2), (1, 2, 4, 4), torch.float32, id="few in float32"),
        pytest.param(lambda: SameConv2d(2, 2, 5, stride=2), (1, 2, 16, 16), torch.bfloat16, id="larger map"),
        pytest.param(lambda: SameConvTranspose2d(2, 2, 4), (1, 2, 8, 8), torch.bfloat16, id="larger input"),
    ],
)
def test_other_convolutions_stay_torchs_own(make, shape: tuple[int, ...], dtype: torch.dtype) -> None:
    with calls() as taken, torch.autocast("cpu", torch.bfloat16, enabled=dtype == torch.bfloat16):
        make()(torch.randn(shape))
    assert not taken


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize(("make", "shape"), LAYERS)
def test_a_batch_in_float32_gives_the_same_up_to_rounding(make, shape: tuple[int, ...], bias: bool) -> None:
    torch.manual_seed(0)
    layer = make(bias).to(memory_format=torch.channels_last)
    images = torch.randn(64, *shape[1:])
    with patch.object(small_maps, "fewest_images", lambda side: 64), calls() as taken:
        output, gradients = _output_and_gradients(layer, images)
    assert taken, "the small map was not multiplied as a matrix"
    expected, exact_gradients = _output_and_gradients(layer.double(), images.double())
    torch.testing.assert_close(output.double(), expected, rtol=1e-5, atol=1e-5)
    for gradient, exact in zip(gradients, exact_gradients, strict=True):
        torch.testing.assert_close(gradient.double(), exact, rtol=1e-5, atol=1e-5 * exact.abs().max().item())


@pytest.mark.parametrize("images", [8, 64])
def test_in_float32_batches_of_the_smallest_maps_are_products_while_something_learns(images: int) -> None:
    if not torch.backends.mkl.is_available():
        pytest.skip("without MKL all are torch's own")
    layer, smallest = SameConv2d(2, 2, 5, stride=2), torch.randn(images, 2, 4, 4)
    with calls() as taken:
        layer(smallest)
        assert taken == ["convolve"]
        with torch.no_grad():
            layer(smallest)
        layer(torch.randn(images, 2, 16, 16))
    assert taken == ["convolve"]


def test_an_odd_transposed_kernel_leaves_no_gaps_in_memory() -> None:
    layer = SameConvTranspose2d(3, 4, 5).to(memory_format=torch.channels_last)
    assert layer(torch.randn(2, 3, 8, 8)).is_contiguous(memory_format=torch.channels_last)


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
