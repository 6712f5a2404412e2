"""The upsampling `attention-conv` against the paper's equations, written out in float64."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest
import torch
import torch.nn.functional as F
from ganzoo_self_attention import AttentionConv, SelfAttention
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from ganzoo.interfaces import Upsampling

Array = npt.NDArray[np.float64]


def attention_by_hand(images: Array, layers: dict[str, Array], gamma: float) -> Array:
    """Equations 1 to 3 of Zhang et al., 2019, one image and one pixel at a time.

    `layers` holds the matrices of key, query and value, `(E, C)`, and of output, `(C, E)`.
    """
    result = np.empty_like(images)
    for index, image in enumerate(images):
        x = image.reshape(len(image), -1)  # (C, N)
        positions = x.shape[1]
        for j in range(positions):
            scores = [(layers["key"] @ x[:, i]) @ (layers["query"] @ x[:, j]) for i in range(positions)]
            exponentials = [math.exp(score) for score in scores]
            attended = sum(
                exponential / sum(exponentials) * (layers["value"] @ x[:, i])
                for i, exponential in enumerate(exponentials)
            )
            y = gamma * (layers["output"] @ attended) + x[:, j]
            result[index, :, j // image.shape[2], j % image.shape[2]] = y
    return result


def convolution_alone(block: AttentionConv, images: Tensor) -> Tensor:
    """Repeats every pixel twice in both directions, then convolves."""
    repeated = images.repeat_interleave(2, dim=2).repeat_interleave(2, dim=3)
    weight, bias = block.convolution.weight, block.convolution.bias
    return F.conv2d(repeated, weight, bias, padding=weight.shape[-1] // 2)


def awake(block: AttentionConv, gamma: float) -> AttentionConv:
    """Sets gamma, which starts at 0 and would hide what attention does."""
    assert block.attention is not None
    with torch.no_grad():
        block.attention.gamma.fill_(gamma)
    return block


def test_attention_follows_the_equations() -> None:
    torch.manual_seed(0)
    attention = SelfAttention(16).double()
    with torch.no_grad():
        attention.gamma.fill_(0.7)
    images = torch.randn(2, 16, 3, 5, dtype=torch.float64)
    matrices = {
        name: getattr(attention, name).weight.detach().numpy()[:, :, 0, 0]
        for name in ("key", "query", "value", "output")
    }
    expected = attention_by_hand(images.numpy(), matrices, gamma=0.7)
    assert np.abs(expected - images.numpy()).max() > 0.01, "attention that adds nothing proves nothing"
    np.testing.assert_allclose(attention(images).detach().numpy(), expected, rtol=1e-11, atol=1e-11)


def test_equal_pixels_attend_to_their_own_value() -> None:
    # All weights 1, C = 8, E = 1, every pixel 1: value = 8, its mean is 8, so output = 1 + 2·8 = 17.
    attention = SelfAttention(8)
    with torch.no_grad():
        for layer in (attention.key, attention.query, attention.value, attention.output):
            layer.weight.fill_(1.0)
        attention.gamma.fill_(2.0)
    torch.testing.assert_close(attention(torch.ones(1, 8, 2, 3)), torch.full((1, 8, 2, 3), 17.0))


@pytest.mark.parametrize("kernel_size", [1, 3, 5])
def test_a_new_block_is_the_convolution_alone(kernel_size: int) -> None:
    torch.manual_seed(0)
    block = AttentionConv(AttentionConv.Config(kernel_size=kernel_size), 4, 16).double()
    images = torch.randn(2, 4, 3, 5, dtype=torch.float64)
    torch.testing.assert_close(block(images), convolution_alone(block, images), rtol=1e-12, atol=1e-12)


def test_attention_acts_on_the_doubled_image() -> None:
    torch.manual_seed(0)
    block = awake(AttentionConv(AttentionConv.Config(), 4, 16).double(), 0.5)
    images = torch.randn(1, 4, 2, 3, dtype=torch.float64)
    assert block.attention is not None
    expected = block.attention(convolution_alone(block, images))
    torch.testing.assert_close(block(images), expected, rtol=1e-12, atol=1e-12)
    assert not torch.allclose(block(images), convolution_alone(block, images))


def test_gamma_learns_from_the_first_step() -> None:
    torch.manual_seed(0)
    block = AttentionConv(AttentionConv.Config(), 4, 16)
    block(torch.randn(2, 4, 3, 3)).square().sum().backward()
    assert block.attention is not None
    assert block.attention.gamma.grad is not None
    assert block.attention.gamma.grad.abs() > 0


@pytest.mark.parametrize(("max_positions", "has_attention"), [(24, True), (23, False), (0, False)])
def test_maps_above_the_limit_get_no_attention(max_positions: int, has_attention: bool) -> None:
    torch.manual_seed(0)
    config = AttentionConv.Config(max_positions=max_positions)
    block = awake(AttentionConv(config, 4, 16), 1.0)
    images = torch.randn(1, 4, 2, 3)  # 4·6 = 24 positions once doubled
    assert torch.allclose(block(images), convolution_alone(block, images)) is not has_attention


@pytest.mark.parametrize(("channels", "parameters"), [(7, 7 * 36 + 7), (8, 8 * 36 + 8 + 4 * 8 + 1)])
def test_parameters_are_counted_by_hand(channels: int, parameters: int) -> None:
    # 4 input channels, kernel 3: 36 weights and a bias a channel; from 8 channels on four
    # projections between 8 channels and 1 feature, and gamma.
    block = AttentionConv(AttentionConv.Config(), 4, channels)
    assert sum(parameter.numel() for parameter in block.parameters()) == parameters


@settings(deadline=None, max_examples=30)
@given(
    height=st.integers(1, 7),
    width=st.integers(1, 7),
    channels=st.integers(1, 20),
    kernel_size=st.sampled_from([1, 3, 5]),
    bias=st.booleans(),
)
def test_doubles_odd_and_even_sides_exactly(
    height: int, width: int, channels: int, kernel_size: int, bias: bool
) -> None:
    block = AttentionConv(AttentionConv.Config(kernel_size=kernel_size), 2, channels, bias=bias)
    assert isinstance(block, Upsampling)
    assert block(torch.zeros(2, 2, height, width)).shape == (2, channels, 2 * height, 2 * width)


def test_without_bias_there_is_no_additive_constant() -> None:
    zeros = torch.zeros(1, 4, 3, 3)
    assert awake(AttentionConv(AttentionConv.Config(), 4, 16, bias=False), 1.0)(zeros).count_nonzero() == 0
    assert awake(AttentionConv(AttentionConv.Config(), 4, 16), 1.0)(zeros).count_nonzero() > 0


def test_channels_last_and_bfloat16_give_the_same_images() -> None:
    torch.manual_seed(0)
    block = awake(AttentionConv(AttentionConv.Config(), 8, 16), 1.0)
    images = torch.randn(2, 8, 5, 6)
    expected = block(images)
    block.to(memory_format=torch.channels_last)
    channels_last = images.contiguous(memory_format=torch.channels_last)
    torch.testing.assert_close(block(channels_last), expected)
    with torch.autocast("cpu", torch.bfloat16):
        torch.testing.assert_close(block(channels_last).float(), expected, rtol=0.05, atol=0.05)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"kernel_size": 4}, "kernel_size must be odd and 1 or more, not 4"),
        ({"kernel_size": -1}, "kernel_size must be odd and 1 or more, not -1"),
        ({"max_positions": -1}, r"max_positions must be 0 \(no attention\) or more, not -1"),
    ],
)
def test_settings_out_of_range_are_refused(setting: dict[str, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        AttentionConv.Config(**setting)
