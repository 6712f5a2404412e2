"""Gradient penalties against closed forms: of linear and of quadratic discriminators, in float64."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from ganzoo_objectives.regularisations import DRAGAN, R1, R1R2, R2, GradientPenalty
from torch import Tensor

from ganzoo.interfaces import Batch, Regularisation

SHAPE = (6, 2, 3, 2)
PIXELS = 12

WEIGHT = torch.linspace(-0.7, 1.3, PIXELS, dtype=torch.float64)
NORM = math.sqrt(sum(value**2 for value in WEIGHT.tolist()))

REAL = Batch(torch.randn(SHAPE, dtype=torch.float64, generator=torch.Generator().manual_seed(1)), None)
FAKE = Batch(torch.randn(SHAPE, dtype=torch.float64, generator=torch.Generator().manual_seed(2)), None)


def linear(weight: Tensor) -> Callable[[Tensor, Tensor | None], Tensor]:
    """D(x) = w·x, whose slope is w everywhere."""
    return lambda images, labels: images.flatten(1) @ weight


def make(cls: Any, **settings: Any) -> Regularisation:
    regularisation: Regularisation = cls(cls.Config(**settings))
    return regularisation


LINEAR = [
    (make(R1, weight=3.0), 3 / 2 * NORM**2),
    (make(R2, weight=3.0), 3 / 2 * NORM**2),
    (make(R1R2, weight=3.0), 3 * NORM**2),
    (make(R1R2, weight=3.0, fake_weight=1.0), 2 * NORM**2),
    (make(GradientPenalty, weight=7.0), 7 * (NORM - 1) ** 2),
    (make(DRAGAN, weight=7.0), 7 * (NORM - 1) ** 2),
]


@pytest.mark.parametrize(("regularisation", "expected"), LINEAR, ids=lambda value: type(value).__name__)
def test_of_a_linear_discriminator(regularisation: Regularisation, expected: float) -> None:
    penalty = regularisation.penalty(linear(WEIGHT), REAL, FAKE)
    assert penalty.shape == ()
    assert penalty.item() == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("regularisation", [made for made, _ in LINEAR], ids=lambda x: type(x).__name__)
def test_the_discriminator_learns_from_it(regularisation: Regularisation) -> None:
    """The penalty's own gradient, against finite differences."""
    weight = WEIGHT.clone().requires_grad_()

    def penalty(weight: Tensor) -> Tensor:
        torch.manual_seed(0)
        quadratic = torch.diag(weight.square())

        def judge(images: Tensor, labels: Tensor | None) -> Tensor:
            x = images.flatten(1)
            return x @ weight + ((x @ quadratic) * x).sum(1) / 2

        return regularisation.penalty(judge, REAL, FAKE)

    assert torch.autograd.gradcheck(penalty, (weight,))


def recording(matrix: Tensor, seen: list[Tensor]) -> Callable[[Tensor, Tensor | None], Tensor]:
    """D(x) = ½ xᵀAx with symmetric A, whose slope is Ax; remembers the images that it was shown."""

    def judge(images: Tensor, labels: Tensor | None) -> Tensor:
        seen.append(images.detach().clone())
        x = images.flatten(1)
        return ((x @ matrix) * x).sum(1) / 2

    return judge


MATRIX = torch.diag(torch.linspace(0.2, 1.5, PIXELS, dtype=torch.float64)) + 0.1


@pytest.mark.parametrize(
    ("regularisation", "batches"),
    [(make(R1), [REAL]), (make(R2), [FAKE]), (make(R1R2, weight=10.0), [REAL, FAKE])],
    ids=["r1", "r2", "r1-r2"],
)
def test_zero_centred_penalties_are_taken_where_they_should(
    regularisation: Regularisation, batches: list[Batch]
) -> None:
    seen: list[Tensor] = []
    penalty = regularisation.penalty(recording(MATRIX, seen), REAL, FAKE)
    assert all(torch.equal(mine, batch.images) for mine, batch in zip(seen, batches, strict=True))
    expected = sum(
        10 / 2 * (batch.images.flatten(1) @ MATRIX).square().sum(1).mean().item() for batch in batches
    )
    assert penalty.item() == pytest.approx(expected, rel=1e-12)


def test_gradient_penalty_lies_between_real_and_fake() -> None:
    seen: list[Tensor] = []
    penalty = make(GradientPenalty).penalty(recording(MATRIX, seen), REAL, FAKE)
    (between,) = seen
    # One share of the way for all pixels of an image, another for every image.
    shares = (between - FAKE.images) / (REAL.images - FAKE.images)
    torch.testing.assert_close(shares, shares[:, :1, :1, :1].expand(SHAPE))
    assert shares.min() > 0
    assert shares.max() < 1
    assert len(shares[:, 0, 0, 0].unique()) == len(shares)
    norms = (between.flatten(1) @ MATRIX).square().sum(1).sqrt()
    assert penalty.item() == pytest.approx(10 * (norms - 1).square().mean().item(), rel=1e-12)


def test_gradient_penalty_shares_are_uniform() -> None:
    seen: list[Tensor] = []
    zeros, ones = torch.zeros(4000, 1, 1, 1), torch.ones(4000, 1, 1, 1)

    def judge(images: Tensor, labels: Tensor | None) -> Tensor:
        seen.append(images.detach())
        return images.flatten(1).sum(1)

    torch.manual_seed(0)
    make(GradientPenalty).penalty(judge, Batch(ones, None), Batch(zeros, None))
    shares = seen[0].flatten().sort().values
    # Kolmogorov-Smirnov: 1.95/√4000 is exceeded once in a thousand times.
    assert (shares - torch.linspace(0, 1, 4000)).abs().max() < 0.031


def test_gradient_penalty_bears_the_labels_of_real_images() -> None:
    def judge(images: Tensor, labels: Tensor | None) -> Tensor:
        assert labels is not None
        return images.flatten(1).sum(1) * labels

    real = Batch(torch.rand(4, 1, 1, 1), torch.full((4,), 3))
    fake = Batch(torch.rand(4, 1, 1, 1), torch.full((4,), 5))
    assert make(GradientPenalty).penalty(judge, real, fake).item() == pytest.approx(10 * (3 - 1) ** 2)
    assert make(DRAGAN).penalty(judge, real, fake).item() == pytest.approx(10 * (3 - 1) ** 2)
    assert make(R2, weight=2.0).penalty(judge, real, fake).item() == pytest.approx(5**2)


def test_dragan_surrounds_real_images() -> None:
    seen: list[Tensor] = []
    real = Batch(
        torch.randn(200, 3, 8, 8, dtype=torch.float64, generator=torch.Generator().manual_seed(3)), None
    )

    def judge(images: Tensor, labels: Tensor | None) -> Tensor:
        seen.append(images.detach())
        return images.flatten(1).sum(1)

    torch.manual_seed(0)
    make(DRAGAN, noise=0.25).penalty(judge, real, FAKE)
    noise = (seen[0] - real.images) / (0.25 * real.images.std())
    # 38,400 standard normal numbers: bounds of about four standard errors.
    assert noise.mean().abs() < 0.02
    assert noise.std().sub(1).abs() < 0.015
    assert noise.abs().lt(1).double().mean().sub(0.6827).abs() < 0.01


@pytest.mark.parametrize("regularisation", [made for made, _ in LINEAR], ids=lambda x: type(x).__name__)
def test_a_flat_discriminator_has_a_finite_gradient(regularisation: Regularisation) -> None:
    weight = torch.zeros(PIXELS, dtype=torch.float64, requires_grad=True)
    penalty = regularisation.penalty(linear(weight), REAL, FAKE)
    (gradient,) = torch.autograd.grad(penalty, weight)
    assert gradient.isfinite().all()


@pytest.mark.parametrize("regularisation", [made for made, _ in LINEAR], ids=lambda x: type(x).__name__)
def test_half_precision_fakes_give_a_float32_penalty(regularisation: Regularisation) -> None:
    """Under autocast the generator's images are bfloat16."""
    real, fake = Batch(REAL.images.float(), None), Batch(FAKE.images.bfloat16(), None)
    penalty = regularisation.penalty(linear(WEIGHT.float()), real, fake)
    assert penalty.dtype == torch.float32
    assert not real.images.requires_grad
    assert not fake.images.requires_grad


@pytest.mark.parametrize("regularisation", [make(R1, weight=2.0), make(R2, weight=2.0)])
def test_the_slope_is_that_before_the_augmentation(regularisation: Regularisation) -> None:
    """Through x → 3x the slope is three times as large: the chain rule, not the slope behind it."""
    judge = linear(WEIGHT)
    penalty = regularisation.penalty(lambda images, labels: judge(3 * images, labels), REAL, FAKE)
    assert penalty.item() == pytest.approx(9 * NORM**2, rel=1e-12)


@pytest.mark.parametrize("cls", [R1, R2, R1R2, GradientPenalty, DRAGAN])
@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"weight": -1.0}, "weight must be 0 or more, not -1.0"),
        ({"weight": math.nan}, "weight must be 0 or more, not nan"),
        ({"every": 0}, "every must be 1 or more, not 0"),
    ],
)
def test_impossible_settings_are_refused(cls: Any, settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        cls.Config(**settings)
