"""Upsampling blocks against their definitions, written out in float64, and against each other."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from ganzoo_components.upsamplings import PixelShuffle, ResizeConv, TransposedConv
from hypothesis import given, settings
from hypothesis import strategies as st

from ganzoo.interfaces import Upsampling

Array = npt.NDArray[np.float64]

BLOCKS: list[Any] = [TransposedConv, ResizeConv, PixelShuffle]

# Weights and biases of 6 → 4 channels: 6·4·16 + 4; 6·4·9 + 4; four times that for four pixels.
PARAMETERS: list[tuple[Any, int]] = [(TransposedConv, 388), (ResizeConv, 220), (PixelShuffle, 880)]


def convolve(images: Array, weight: Array, bias: Array) -> Array:
    """Correlation with the pixels at the edge repeated around, for odd kernels."""
    side, (batch, _, height, width) = weight.shape[-1], images.shape
    around = (side // 2, side // 2)
    padded = np.pad(images, ((0, 0), (0, 0), around, around), mode="edge")
    output = np.zeros((batch, len(weight), height, width))
    for b, o, row, column in np.ndindex(*output.shape):
        output[b, o, row, column] = (padded[b, :, row : row + side, column : column + side] * weight[o]).sum()
    return output + bias[:, None, None]


@pytest.mark.parametrize("block", BLOCKS)
def test_is_an_upsampling(block: Any) -> None:
    assert isinstance(block(block.Config(), 2, 3), Upsampling)


@pytest.mark.parametrize("block", BLOCKS)
@settings(deadline=None, max_examples=40)
@given(height=st.integers(1, 9), width=st.integers(1, 9), kernel_size=st.integers(2, 6), bias=st.booleans())
def test_doubles_odd_and_even_sides_exactly(
    block: Any, height: int, width: int, kernel_size: int, bias: bool
) -> None:
    upsampling = block(block.Config(kernel_size=kernel_size), 2, 3, bias=bias)
    assert upsampling(torch.zeros(2, 2, height, width)).shape == (2, 3, 2 * height, 2 * width)


@pytest.mark.parametrize(("block", "expected"), PARAMETERS)
def test_parameters_are_counted_by_hand(block: Any, expected: int) -> None:
    assert sum(p.numel() for p in block(block.Config(), 6, 4).parameters()) == expected


@pytest.mark.parametrize("block", BLOCKS)
def test_without_bias_there_is_no_additive_constant(block: Any) -> None:
    zeros = torch.zeros(1, 2, 3, 3)
    assert block(block.Config(), 2, 3, bias=False)(zeros).count_nonzero() == 0
    assert block(block.Config(), 2, 3)(zeros).count_nonzero() > 0


def test_transposed_conv_adds_up_overlapping_kernels() -> None:
    block = TransposedConv(TransposedConv.Config(), 1, 1, bias=False)
    with torch.no_grad():
        block.convolution.weight.fill_(1.0)
    # Kernel 4 of ones on [[1, 2], [3, 4]], added up by hand, one row and column cut on each side.
    expected = torch.tensor([[1.0, 3, 3, 2], [4, 10, 10, 6], [4, 10, 10, 6], [3, 7, 7, 4]])
    torch.testing.assert_close(block(torch.tensor([[[[1.0, 2], [3, 4]]]]))[0, 0], expected)


@pytest.mark.parametrize("kernel_size", [1, 3, 5])
def test_resize_conv_repeats_pixels_then_convolves(kernel_size: int) -> None:
    torch.manual_seed(0)
    block = ResizeConv(ResizeConv.Config(kernel_size=kernel_size), 2, 3).double()
    images = torch.randn(2, 2, 3, 4, dtype=torch.float64)
    weight, bias = (p.detach().numpy() for p in block.parameters())
    expected = convolve(images.numpy().repeat(2, axis=2).repeat(2, axis=3), weight, bias)
    np.testing.assert_allclose(block(images).detach().numpy(), expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("kernel_size", [1, 3, 5])
def test_pixel_shuffle_turns_four_channels_into_four_pixels(kernel_size: int) -> None:
    torch.manual_seed(0)
    block = PixelShuffle(PixelShuffle.Config(kernel_size=kernel_size), 2, 3).double()
    images = torch.randn(2, 2, 3, 4, dtype=torch.float64)
    weight, bias = (p.detach().numpy() for p in block.parameters())
    channels = convolve(images.numpy(), weight, bias)
    expected = np.zeros((2, 3, 6, 8))
    # Shi et al., 2016, equation 4: pixel (y, x) of a map is channel 2·(y mod 2) + (x mod 2) of its four.
    for c, y, x in np.ndindex(3, 6, 8):
        expected[:, c, y, x] = channels[:, 4 * c + 2 * (y % 2) + x % 2, y // 2, x // 2]
    np.testing.assert_allclose(block(images).detach().numpy(), expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(("block", "smallest"), [(TransposedConv, 2), (ResizeConv, 1), (PixelShuffle, 1)])
def test_a_kernel_too_small_is_refused(block: Any, smallest: int) -> None:
    assert block.Config(kernel_size=smallest).kernel_size == smallest
    with pytest.raises(ValueError, match=f"kernel_size must be {smallest} or more.*not {smallest - 1}"):
        block.Config(kernel_size=smallest - 1)


@pytest.mark.parametrize("block", BLOCKS)
def test_channels_last_and_bfloat16_give_the_same_images(block: Any) -> None:
    torch.manual_seed(0)
    upsampling = block(block.Config(), 4, 4)
    images = torch.randn(2, 4, 5, 6)
    expected = upsampling(images)
    upsampling.to(memory_format=torch.channels_last)
    channels_last = images.contiguous(memory_format=torch.channels_last)
    torch.testing.assert_close(upsampling(channels_last), expected)
    with torch.autocast("cpu", torch.bfloat16):
        torch.testing.assert_close(upsampling(channels_last).float(), expected, rtol=0.05, atol=0.05)
