"""Minimax, least squares, hinge, Wasserstein and relativistic pairing against the papers' equations."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from ganzoo_objectives import BCE, LSGAN, Hinge, Minimax, Relativistic, Wasserstein
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from ganzoo.interfaces import Objective

PAIRS = st.lists(st.tuples(st.floats(-15, 15), st.floats(-15, 15)), min_size=1, max_size=8)


def mean(values: list[float]) -> float:
    return math.fsum(values) / len(values)


def log_1_minus_d(logit: float) -> float:
    return math.log(1 - 1 / (1 + math.exp(-logit)))


def log_d(logit: float) -> float:
    return math.log(1 / (1 + math.exp(-logit)))


Equation = Callable[[list[float], list[float]], float]

SMOOTHED = 0.9

OBJECTIVES: dict[str, tuple[Objective, Equation, Equation]] = {
    "minimax": (
        Minimax(Minimax.Config()),
        lambda real, fake: -mean([log_d(x) for x in real]) - mean([log_1_minus_d(x) for x in fake]),
        lambda real, fake: mean([log_1_minus_d(x) for x in fake]),
    ),
    "minimax, smoothed": (
        Minimax(Minimax.Config(real_target=SMOOTHED)),
        lambda real, fake: (
            -mean([SMOOTHED * log_d(x) + (1 - SMOOTHED) * log_1_minus_d(x) for x in real])
            - mean([log_1_minus_d(x) for x in fake])
        ),
        lambda real, fake: mean([log_1_minus_d(x) for x in fake]),
    ),
    "lsgan, 0-1 coding (equation 9)": (
        LSGAN(LSGAN.Config()),
        lambda real, fake: mean([(x - 1) ** 2 / 2 for x in real]) + mean([x**2 / 2 for x in fake]),
        lambda real, fake: mean([(x - 1) ** 2 / 2 for x in fake]),
    ),
    "lsgan, Pearson (equation 8)": (
        LSGAN(LSGAN.Config(fake_target=-1.0, real_target=1.0, generator_target=0.0)),
        lambda real, fake: mean([(x - 1) ** 2 / 2 for x in real]) + mean([(x + 1) ** 2 / 2 for x in fake]),
        lambda real, fake: mean([x**2 / 2 for x in fake]),
    ),
    "hinge": (
        Hinge(None),
        lambda real, fake: -mean([min(0, -1 + x) for x in real]) - mean([min(0, -1 - x) for x in fake]),
        lambda real, fake: -mean(fake),
    ),
    "wasserstein": (
        Wasserstein(None),
        lambda real, fake: mean(fake) - mean(real),
        lambda real, fake: -mean(fake),
    ),
    "relativistic": (
        Relativistic(None),
        # -log sigmoid of how much more real the real one of a pair looks, and the other way round.
        lambda real, fake: mean([-log_d(x - y) for x, y in zip(real, fake, strict=True)]),
        lambda real, fake: mean([-log_d(y - x) for x, y in zip(real, fake, strict=True)]),
    ),
}


def vector(values: list[float]) -> Tensor:
    return torch.tensor(values, dtype=torch.float64)


def generator_loss(objective: Objective, real: Tensor, fake: Tensor) -> Tensor:
    return objective.generator_loss(fake, real if objective.relativistic else None)


@pytest.mark.parametrize("name", OBJECTIVES)
@settings(deadline=None, max_examples=50)
@given(pairs=PAIRS)
def test_losses_are_the_papers(name: str, pairs: list[tuple[float, float]]) -> None:
    objective, of_discriminator, of_generator = OBJECTIVES[name]
    real, fake = [x for x, _ in pairs], [y for _, y in pairs]

    loss = objective.discriminator_loss(vector(real), vector(fake))

    assert loss.item() == pytest.approx(of_discriminator(real, fake), rel=1e-9, abs=1e-7)
    loss = generator_loss(objective, vector(real), vector(fake))
    assert loss.item() == pytest.approx(of_generator(real, fake), rel=1e-9, abs=1e-7)


@pytest.mark.parametrize("name", OBJECTIVES)
def test_gradients_equal_finite_differences(name: str) -> None:
    objective = OBJECTIVES[name][0]
    real, fake = vector([-3.0, 0.1, 4.0]).requires_grad_(), vector([2.0, -0.5, -1.7]).requires_grad_()

    assert torch.autograd.gradcheck(objective.discriminator_loss, (real, fake))
    assert torch.autograd.gradcheck(lambda real, fake: generator_loss(objective, real, fake), (real, fake))


def test_minimax_saturates_where_bce_does_not() -> None:
    """Goodfellow et al., 2014, section 3: the gradient is -D where the other's is -(1 - D)."""
    for objective, expected in (
        (Minimax(Minimax.Config()), lambda d: -d),
        (BCE(BCE.Config()), lambda d: -(1 - d)),
    ):
        logits = vector([-6.0]).requires_grad_()
        (gradient,) = torch.autograd.grad(objective.generator_loss(logits), logits)
        assert gradient.item() == pytest.approx(expected(1 / (1 + math.exp(6))), rel=1e-9)


def test_hinge_stops_at_the_margin() -> None:
    real, fake = vector([1.0, 2.0]).requires_grad_(), vector([-1.5, -1.0]).requires_grad_()
    loss = Hinge(None).discriminator_loss(real, fake)
    assert loss.item() == 0
    assert not any(gradient.any() for gradient in torch.autograd.grad(loss, (real, fake)))


def test_relativistic_logits_have_no_zero() -> None:
    objective, real, fake = Relativistic(None), vector([0.3, -1.0]), vector([2.0, 0.5])
    for loss in (objective.discriminator_loss, lambda x, y: objective.generator_loss(y, x)):
        assert loss(real + 7, fake + 7).item() == pytest.approx(loss(real, fake).item(), rel=1e-12)


def test_a_relativistic_generator_needs_real_logits() -> None:
    with pytest.raises(ValueError, match="needs the logits of real images"):
        Relativistic(None).generator_loss(vector([1.0]))


@pytest.mark.parametrize("target", [0.0, -0.1, 1.1, math.nan])
def test_a_real_target_of_minimax_that_is_no_probability_is_refused(target: float) -> None:
    with pytest.raises(ValueError, match="real_target must be above 0 and at most 1"):
        Minimax.Config(real_target=target)


@pytest.mark.parametrize(
    ("targets", "message"),
    [
        ({"real_target": 0.0}, "real_target must be above fake_target 0.0, not 0.0"),
        ({"generator_target": -1.0}, "generator_target must be above fake_target 0.0, not -1.0"),
    ],
)
def test_targets_of_least_squares_that_reward_fakes_are_refused(
    targets: dict[str, float], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        LSGAN.Config(**targets)
