"""Consistency regularisation and weight clipping, each by what it is for."""

from __future__ import annotations

import pytest
import torch
from ganzoo_objectives.regularisations import Consistency, WeightClipping
from ganzoo_objectives.regularisations.consistency import flip_and_shift
from torch import Tensor, nn

from ganzoo.interfaces import Batch, Discriminator, ImageSpec


def brightness(images: Tensor, labels: Tensor | None) -> Tensor:
    return images.flatten(1).sum(1)


def left_edge(images: Tensor, labels: Tensor | None) -> Tensor:
    return images[:, 0, :, 0].sum(1)


def fake_of(real: Tensor) -> Batch:
    return Batch(torch.full_like(real, torch.nan), None)


def test_costs_nothing_where_flips_change_nothing() -> None:
    real = torch.rand(16, 3, 6, 6, dtype=torch.float64)
    consistency = Consistency(Consistency.Config(shift=0))
    assert consistency.penalty(brightness, Batch(real, None), fake_of(real)).item() == pytest.approx(0)


def test_costs_the_squared_change_of_the_logits() -> None:
    """Mirrored images, of which the discriminator sees the left edge: (left - right)² half of the time."""
    torch.manual_seed(0)
    real = torch.zeros(4000, 1, 3, 5, dtype=torch.float64)
    real[..., 0], real[..., -1] = 1.0, 0.5
    consistency = Consistency(Consistency.Config(weight=7.0, shift=0))
    penalty = consistency.penalty(left_edge, Batch(real, None), fake_of(real)).item()
    # 7 · (3 · (1 - 0.5))² with probability one half; 0.05 is two standard errors of that share.
    assert penalty == pytest.approx(7 * 1.5**2 / 2, rel=0.05)


def test_both_images_teach_the_discriminator() -> None:
    weight = torch.tensor(2.0, dtype=torch.float64, requires_grad=True)
    real = torch.rand(8, 1, 4, 4, dtype=torch.float64)
    torch.manual_seed(1)
    moved = flip_and_shift(real, 1)
    torch.manual_seed(1)
    consistency = Consistency(Consistency.Config(weight=3.0, shift=1))
    penalty = consistency.penalty(
        lambda images, labels: weight * images[:, 0, 0].sum(1), Batch(real, None), fake_of(real)
    )
    difference = (real - moved)[:, 0, 0].sum(1).square().mean().item()
    assert penalty.item() == pytest.approx(3 * 2.0**2 * difference, rel=1e-12)
    (gradient,) = torch.autograd.grad(penalty, weight)
    assert gradient.item() == pytest.approx(3 * 2 * 2.0 * difference, rel=1e-12)


def test_moves_by_up_to_the_shift_and_mirrors_half() -> None:
    torch.manual_seed(0)
    images = torch.zeros(4000, 1, 9, 9)
    images[:, 0, 4, 4], images[:, 0, 4, 5] = 1.0, 0.5
    moved = flip_and_shift(images, 2)
    at = moved.flatten(1).argmax(1)
    counts = torch.bincount(at, minlength=81).reshape(9, 9)
    assert counts[2:7, 2:7].sum() == 4000
    # 25 places, 160 images each: five standard deviations are 62.
    assert counts[2:7, 2:7].min() > 98
    assert counts[2:7, 2:7].max() < 222
    mirrored = moved.flatten(1).gather(1, at[:, None] - 1).eq(0.5).float().mean()
    assert mirrored.sub(0.5).abs() < 0.04
    torch.testing.assert_close(moved.sum((1, 2, 3)), torch.full((4000,), 1.5))


def test_a_negative_shift_is_refused() -> None:
    with pytest.raises(ValueError, match="shift must be 0 or more, not -1"):
        Consistency.Config(shift=-1)


class Dense(Discriminator):
    """A dense layer and a batch normalisation."""

    def __init__(self) -> None:
        super().__init__()
        self.image, self.num_classes = ImageSpec(1, 2, 2), None
        self.dense = nn.Linear(4, 1)
        self.normalisation = nn.BatchNorm1d(1)

    def forward(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        logits: Tensor = self.normalisation(self.dense(images.flatten(1))).squeeze(1)
        return logits


def test_clips_every_parameter_and_no_statistic() -> None:
    discriminator, clipping = Dense(), WeightClipping(WeightClipping.Config(bound=0.3))
    with torch.no_grad():
        discriminator.dense.weight.copy_(torch.tensor([[0.1, -0.2, 0.5, -0.9]]))
        discriminator.dense.bias.fill_(-2.0)
    clipping.constrain(discriminator)
    torch.testing.assert_close(discriminator.dense.weight.detach(), torch.tensor([[0.1, -0.2, 0.3, -0.3]]))
    assert discriminator.dense.bias.item() == pytest.approx(-0.3)
    assert discriminator.normalisation.weight.item() == pytest.approx(0.3)
    assert discriminator.normalisation.running_var.item() == 1
    assert all(parameter.requires_grad for parameter in discriminator.parameters())


def test_clipping_adds_nothing_to_the_loss() -> None:
    real = torch.rand(2, 1, 2, 2)
    penalty = WeightClipping(WeightClipping.Config()).penalty(brightness, Batch(real, None), fake_of(real))
    assert (penalty.item(), penalty.shape, penalty.dtype) == (0, (), torch.float32)


@pytest.mark.parametrize("bound", [0.0, -1.0, float("nan")])
def test_a_bound_that_leaves_nothing_is_refused(bound: float) -> None:
    with pytest.raises(ValueError, match="bound must be above 0"):
        WeightClipping.Config(bound=bound)
