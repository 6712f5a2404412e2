"""Counted operations against formulas worked out by hand."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from ganzoo import create_model
from ganzoo.arithmetic import flops
from ganzoo.benchmark.measure.cells import Cell
from ganzoo.benchmark.measure.workload import build
from ganzoo.interfaces import ImageSpec


def test_a_dense_layer() -> None:
    layer, inputs = nn.Linear(7, 5), torch.randn(3, 7)

    assert flops.count(lambda: layer(inputs)).per_step == 2 * 3 * 7 * 5
    # Backward: the weight's gradient; that of the input as well where it is asked for.
    assert flops.count(lambda: layer(inputs).sum().backward()).per_step == 2 * (2 * 3 * 7 * 5)
    asked = inputs.clone().requires_grad_()
    assert flops.count(lambda: layer(asked).sum().backward()).per_step == 3 * (2 * 3 * 7 * 5)


@settings(deadline=None, max_examples=20)
@given(
    groups=st.sampled_from([1, 2, 4]),
    kernel=st.integers(1, 5),
    stride=st.integers(1, 3),
    padding=st.integers(0, 2),
    dilation=st.integers(1, 2),
    height=st.integers(9, 12),
    width=st.integers(9, 12),
)
def test_a_convolution(
    groups: int, kernel: int, stride: int, padding: int, dilation: int, height: int, width: int
) -> None:
    layer = nn.Conv2d(8, 4, kernel, stride, padding, dilation, groups)
    inputs = torch.randn(2, 8, height, width, requires_grad=True)
    out_height, out_width = (
        (side + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1 for side in (height, width)
    )
    # Every output pixel of every channel sees kernel² taps of 8 / groups channels.
    forward = 2 * 2 * out_height * out_width * 4 * kernel**2 * (8 // groups)

    assert flops.count(lambda: layer(inputs)).per_step == forward
    assert flops.count(lambda: layer(inputs).sum().backward()).per_step == 3 * forward
    assert flops.count(lambda: layer(inputs.detach()).sum().backward()).per_step == 2 * forward


@settings(deadline=None, max_examples=20)
@given(
    groups=st.sampled_from([1, 2, 4]),
    kernel=st.integers(2, 5),
    stride=st.integers(2, 3),
    padding=st.integers(0, 1),
    output_padding=st.integers(0, 1),
    height=st.integers(3, 6),
    width=st.integers(3, 6),
)
def test_a_transposed_convolution(
    groups: int, kernel: int, stride: int, padding: int, output_padding: int, height: int, width: int
) -> None:
    layer = nn.ConvTranspose2d(8, 4, kernel, stride, padding, output_padding, groups)
    inputs = torch.randn(2, 8, height, width, requires_grad=True)
    # Every input pixel of every channel is multiplied by kernel² weights for 4 / groups channels,
    # whatever stride, padding and output padding make of the sums.
    forward = 2 * 2 * height * width * 8 * kernel**2 * (4 // groups)

    assert flops.count(lambda: layer(inputs)).per_step == forward
    assert flops.count(lambda: layer(inputs).sum().backward()).per_step == 3 * forward


def test_a_depthwise_transposed_convolution() -> None:
    layer = nn.ConvTranspose2d(8, 8, 4, stride=2, padding=1, groups=8)

    assert flops.count(lambda: layer(torch.randn(1, 8, 5, 5))).per_step == 2 * 25 * 8 * 16


def test_a_double_backward_pass() -> None:
    """The gradient penalty of a dense layer: f(x) = w2·tanh(w1·x), squared gradient with respect to x."""
    first, second = nn.Linear(6, 4, bias=False), nn.Linear(4, 3, bias=False)
    inputs = torch.randn(5, 6, requires_grad=True)

    def penalty() -> None:
        outputs = second(torch.tanh(first(inputs)))
        (gradient,) = torch.autograd.grad(outputs.sum(), inputs, create_graph=True)
        gradient.square().sum().backward()

    one, two = 2 * 5 * 6 * 4, 2 * 5 * 4 * 3  # one product with each of the two weights
    # Forward: both. First backward, towards the input only: both again. The second, through
    # g = (w2ᵀ·1 * (1 - tanh²))·w1: for w1·, its two factors' gradients (2 one); for w2ᵀ·1 the gradient
    # of w2 (two), that of the constant not; through tanh to the first layer's output: the gradients of
    # w1 and of the input (2 one).
    assert flops.count(penalty).per_step == (one + two) + (one + two) + 2 * one + two + 2 * one


def test_a_convolution_under_inference_mode_and_autocast() -> None:
    layer, inputs = nn.Conv2d(3, 4, 3, padding=1), torch.randn(2, 3, 8, 8)

    def step() -> None:
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
            layer(inputs)

    assert flops.count(step).per_step == 2 * 2 * 64 * 4 * 9 * 3


def test_attention() -> None:
    query, key, value = (torch.randn(2, 3, 7, 8, requires_grad=True) for _ in range(3))
    product = 2 * 2 * 3 * 7 * 7 * 8

    def step() -> torch.Tensor:
        return F.scaled_dot_product_attention(query, key, value)

    assert flops.count(step).per_step == 2 * product  # queries by keys, weights by values
    # Backward: the scores once more, and two products for each of the two.
    assert flops.count(lambda: step().sum().backward()).per_step == 2 * product + 5 * product


# A whole network: the DCGAN of the chapter, 32x32, kernel 5, latents of 128 numbers

GENERATOR = 2 * 128 * 2048 + 2 * 25 * (
    2 * 2 * 512 * 256 + 4 * 4 * 256 * 128 + 8 * 8 * 128 * 64 + 16 * 16 * 64 * 3
)
"""Operations for one image: the dense layer, then each transposed convolution by its input's pixels."""

DISCRIMINATOR = 2 * 2048 + 2 * 25 * (
    16 * 16 * 3 * 64 + 8 * 8 * 64 * 128 + 4 * 4 * 128 * 256 + 2 * 2 * 256 * 512
)
"""The mirror: each convolution by its output's pixels, then the dense layer."""

FIRST_CONVOLUTION = 2 * 25 * 16 * 16 * 3 * 64
DENSE = 2 * 128 * 2048


def test_the_forward_passes_of_dcgan() -> None:
    gan = create_model("dcgan", image=ImageSpec(3, 32, 32))
    latents, images = torch.randn(2, 128), torch.randn(2, 3, 32, 32)

    assert flops.count(lambda: gan.generator(latents)).per_step == 2 * GENERATOR
    assert flops.count(lambda: gan.discriminator(images)).per_step == 2 * DISCRIMINATOR


def test_a_training_step_of_dcgan() -> None:
    """Real and fake pass with the gradients of the discriminator's weights, then the generator's update."""
    cell = Cell(
        model="ganzoo-models:dcgan",
        components={"upsampling": "ganzoo-components:transposed-conv"},
        phase="train-step",
        image="3x32x32",
        batch_size=2,
        precision="fp32",
        channels_last=True,
        compile=False,
        device="cpu",
        seed=0,
    )
    counted = flops.count(build(cell).plain_step)

    # The images need no gradient: the first convolution has one product less on the way back.
    discriminator_update = 2 * (3 * DISCRIMINATOR - FIRST_CONVOLUTION)
    # Through the discriminator to its input, without gradients of its weights; then the generator
    # with both, but for the latents.
    generator_update = 2 * DISCRIMINATOR + 2 * GENERATOR - DENSE
    by_hand = GENERATOR + discriminator_update + generator_update
    assert counted.per_step == 2 * by_hand
    assert by_hand / 1e6 == pytest.approx(888.3, abs=0.05)
    # Trainers that also compute the discriminator's weight gradients there: 969.4 MFLOP an image.
    assert (by_hand + DISCRIMINATOR) / 1e6 == pytest.approx(969.4, abs=0.05)
    assert sum(counted.by_operator.values()) == counted.per_step
