"""BCE against the logarithms of the paper's equations in float64."""

from __future__ import annotations

import math

import pytest
import torch
from ganzoo_objectives import BCE
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from ganzoo.interfaces import Objective

LOGITS = st.lists(st.floats(-15, 15), min_size=1, max_size=8)


def vector(values: list[float], dtype: torch.dtype = torch.float64) -> Tensor:
    return torch.tensor(values, dtype=dtype)


def mean(values: list[float]) -> float:
    return math.fsum(values) / len(values)


def log_d(logit: float) -> float:
    """log D, D = 1 / (1 + e^-logit)."""
    return math.log(1 / (1 + math.exp(-logit)))


def log_1_minus_d(logit: float) -> float:
    return math.log(1 - 1 / (1 + math.exp(-logit)))


def test_is_an_objective() -> None:
    assert isinstance(BCE(BCE.Config()), Objective)


@settings(deadline=None)
@given(LOGITS, LOGITS)
def test_discriminator_loss_is_equation_1(real: list[float], fake: list[float]) -> None:
    expected = -mean([log_d(x) for x in real]) - mean([log_1_minus_d(x) for x in fake])
    loss = BCE(BCE.Config()).discriminator_loss(vector(real), vector(fake))
    assert loss.shape == ()
    assert loss.item() == pytest.approx(expected, rel=1e-9, abs=1e-9)


@settings(deadline=None)
@given(LOGITS, LOGITS, st.floats(0.01, 1))
def test_smoothing_moves_the_real_target_alone(real: list[float], fake: list[float], target: float) -> None:
    objective = BCE(BCE.Config(real_target=target))
    real_term = mean([target * log_d(x) + (1 - target) * log_1_minus_d(x) for x in real])
    expected = -real_term - mean([log_1_minus_d(x) for x in fake])
    loss = objective.discriminator_loss(vector(real), vector(fake))
    assert loss.item() == pytest.approx(expected, rel=1e-9, abs=1e-9)
    assert objective.generator_loss(vector(fake)).item() == pytest.approx(
        -mean([log_d(x) for x in fake]), rel=1e-9, abs=1e-9
    )


@settings(deadline=None)
@given(LOGITS)
def test_generator_loss_does_not_saturate(fake: list[float]) -> None:
    logits = vector(fake).requires_grad_()
    loss = BCE(BCE.Config()).generator_loss(logits)
    assert loss.item() == pytest.approx(-mean([log_d(x) for x in fake]), rel=1e-9, abs=1e-9)
    (gradient,) = torch.autograd.grad(loss, logits)
    # d(-log D)/d logit = -(1 - D): about -1 where the discriminator is sure of a fake.
    expected = [-(1 - 1 / (1 + math.exp(-x))) / len(fake) for x in fake]
    torch.testing.assert_close(gradient, vector(expected))


def test_a_discriminator_that_cannot_tell_stands_at_twice_the_logarithm_of_two() -> None:
    objective, zeros = BCE(BCE.Config()), torch.zeros(5)
    assert objective.discriminator_loss(zeros, zeros).item() == pytest.approx(1.3862943611198906, rel=1e-6)
    assert objective.generator_loss(zeros).item() == pytest.approx(0.6931471805599453, rel=1e-6)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize(
    ("real", "fake", "discriminator", "generator"),
    [
        # Where |logit| is large, -log of the vanishing probability is |logit| itself.
        (1000.0, -1000.0, 0.0, 1000.0),
        (-1000.0, 1000.0, 2000.0, 0.0),
        (-1000.0, -1000.0, 1000.0, 1000.0),
        (1000.0, 1000.0, 1000.0, 0.0),
    ],
)
def test_extreme_logits_stay_finite(
    dtype: torch.dtype, real: float, fake: float, discriminator: float, generator: float
) -> None:
    objective = BCE(BCE.Config())
    real_logits, fake_logits = vector([real], dtype).requires_grad_(), vector([fake], dtype).requires_grad_()
    loss = objective.discriminator_loss(real_logits, fake_logits)
    assert loss.item() == discriminator
    assert objective.generator_loss(fake_logits).item() == generator
    gradients = torch.autograd.grad(loss, [real_logits, fake_logits])
    # d/d real = D - 1, d/d fake = D, with D either 0 or 1 here.
    assert [gradient.item() for gradient in gradients] == [float(real > 0) - 1, float(fake > 0)]


def test_gradients_equal_finite_differences() -> None:
    objective = BCE(BCE.Config(real_target=0.9))
    real, fake = vector([-3.0, 0.1, 4.0]).requires_grad_(), vector([2.0, -0.5]).requires_grad_()
    assert torch.autograd.gradcheck(objective.discriminator_loss, (real, fake))
    assert torch.autograd.gradcheck(objective.generator_loss, (fake,))


def test_bfloat16_logits_are_averaged_in_float32() -> None:
    logits = torch.full((128,), 0.5, dtype=torch.bfloat16)
    loss = BCE(BCE.Config()).generator_loss(logits)
    assert loss.dtype == torch.float32
    assert loss.item() == pytest.approx(-log_d(0.5), rel=1e-6)


@pytest.mark.parametrize("target", [0.0, -0.1, 1.1, math.nan])
def test_a_real_target_that_is_no_probability_is_refused(target: float) -> None:
    with pytest.raises(ValueError, match="real_target must be above 0 and at most 1"):
        BCE.Config(real_target=target)
