"""DiffAugment: the distributions of what it does, against those of the paper's section 3.2."""

from __future__ import annotations

import pytest
import torch
from ganzoo_objectives.augmentations import DiffAugment
from torch import Tensor

BATCH = 4000


@pytest.fixture(autouse=True)
def _seed() -> None:
    torch.manual_seed(0)


def augment(images: Tensor, *policy: str) -> Tensor:
    augmented: Tensor = DiffAugment(DiffAugment.Config(policy=policy))(images)  # type: ignore[arg-type]
    return augmented


def repeat(image: Tensor) -> Tensor:
    """As many copies of an image `(C, H, W)`."""
    return image.double().expand(BATCH, *image.shape)


def require_uniform(values: Tensor, low: float, high: float) -> None:
    """Kolmogorov-Smirnov: 1.95/√n is exceeded once in a thousand times."""
    shares = ((values - low) / (high - low)).sort().values
    distance = (shares - torch.linspace(0, 1, len(shares), dtype=shares.dtype)).abs().max()
    assert distance < 1.95 / len(shares) ** 0.5


def test_brightness_is_shifted_evenly_about_zero() -> None:
    shifts = augment(repeat(torch.full((1, 3, 3), 0.25)), "colour") - 0.25
    torch.testing.assert_close(shifts, shifts[:, :1, :1, :1].expand(BATCH, 1, 3, 3))
    require_uniform(shifts[:, 0, 0, 0], -0.5, 0.5)
    assert shifts[:, 0, 0, 0].mean().abs() < 0.02  # four standard errors


def test_contrast_stretches_grey_images_about_their_mean() -> None:
    image = torch.tensor([[[-0.6, 0.2], [0.0, 0.8]]])
    spread = augment(repeat(image), "colour")
    factors = (spread[:, 0, 1, 1] - spread[:, 0, 0, 0]) / 1.4
    require_uniform(factors, 0.5, 1.5)
    centred = spread - spread.mean((1, 2, 3), keepdim=True)
    torch.testing.assert_close(
        centred, factors[:, None, None, None] * (image.double() - image.double().mean())
    )


def test_saturation_stretches_colours_about_their_grey() -> None:
    pixel = torch.tensor([0.9, 0.3, 0.0])[:, None, None]
    image = torch.cat((pixel, -pixel), dim=2)  # (3, 1, 2), of mean 0
    augmented = augment(repeat(image), "colour")
    grey = augmented.mean(1, keepdim=True)
    contrast = (grey[..., 0] - grey[..., 1])[:, 0, 0] / 0.8
    require_uniform(contrast, 0.5, 1.5)
    saturation = (augmented - grey)[:, 0, 0, 0] / 0.5 / contrast
    require_uniform(saturation, 0.0, 2.0)
    # One factor for all channels and pixels.
    expected = (contrast * saturation)[:, None, None, None] * (image - image.mean(0)).double()
    torch.testing.assert_close(augmented - grey, expected)


def test_translation_is_up_to_an_eighth_and_brings_zeros() -> None:
    image = torch.zeros(2, 16, 24)
    image[:, 8, 12] = 1.0
    augmented = augment(repeat(image), "translation")
    assert torch.equal(augmented.sum((1, 2, 3)), torch.full((BATCH,), 2.0, dtype=torch.float64))
    counts = augmented[:, 0].sum(0)
    # An eighth of 16x24 is 2x3: 5x7 places, 114 images each, five standard deviations are 53.
    assert counts[6:11, 9:16].sum() == BATCH
    assert counts[6:11, 9:16].min() > 61
    assert counts[6:11, 9:16].max() < 167
    ones = augment(torch.ones(BATCH, 1, 16, 16), "translation")
    assert set(ones.unique().tolist()) == {0.0, 1.0}
    # The mean of |shift| over -2..2 is 1.2, so along each side 1 - 1.2/16 stays.
    assert ones.mean().item() == pytest.approx((1 - 1.2 / 16) ** 2, abs=0.003)


@pytest.mark.parametrize("side", [8, 10, 7])
def test_cutout_sets_a_square_of_half_the_side_to_zero(side: int) -> None:
    augmented = augment(torch.ones(BATCH, 3, side, side), "cutout")
    hole = int(side / 2 + 0.5)
    zeros = (augmented == 0).all(1)
    assert torch.equal(zeros, (augmented == 0).any(1))
    rows, columns = zeros.any(2).sum(1), zeros.any(1).sum(1)
    assert torch.equal(zeros.sum((1, 2)), rows * columns)
    # The hole's first row is at centre - hole/2, the centre anywhere from 0 to side, or to side - 1
    # where the hole is odd. What lies beyond the image is no hole.
    starts = range(-(hole // 2), side + (hole + 1) % 2 - hole // 2)
    overlaps = [min(start + hole, side) - max(start, 0) for start in starts]
    assert rows.max() == hole
    expected = (sum(overlaps) / len(overlaps)) ** 2
    assert zeros.sum((1, 2)).double().mean().item() == pytest.approx(expected, rel=0.03)


def test_every_image_has_its_own_and_another_each_time() -> None:
    images = torch.rand(1, 3, 8, 8).expand(32, 3, 8, 8)
    augmented = augment(images, "colour", "translation", "cutout")
    assert len(augmented.flatten(1).unique(dim=0)) > 28
    assert not torch.equal(augmented, augment(images, "colour", "translation", "cutout"))


def test_the_policy_is_applied_in_its_order() -> None:
    """Zeros that colour makes grey again, or that stay."""
    ones = torch.ones(64, 1, 8, 8)
    assert (augment(ones, "colour", "cutout") == 0).flatten(1).any(1).all()
    assert not (augment(ones, "cutout", "colour") == 0).any()


@pytest.mark.parametrize("policy", [("colour",), ("colour", "translation", "cutout")])
@pytest.mark.parametrize("channels", [1, 3])
def test_first_and_second_derivatives(policy: tuple[str, ...], channels: int) -> None:
    def augmented(images: Tensor) -> Tensor:
        torch.manual_seed(3)
        return augment(images.square(), *policy)

    images = torch.randn(2, channels, 3, 2, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(augmented, (images,))
    assert torch.autograd.gradgradcheck(augmented, (images,))


def test_an_empty_policy_is_refused() -> None:
    with pytest.raises(ValueError, match="policy needs one or more of colour, translation, cutout"):
        DiffAugment.Config(policy=())


def test_the_hole_has_the_share_that_is_asked_for() -> None:
    augmentation = DiffAugment(DiffAugment.Config(policy=("cutout",), cutout=0.2))
    holes = augmentation(torch.ones(200, 1, 10, 20)) == 0
    assert (holes[:, 0].any(2).sum(1).max(), holes[:, 0].any(1).sum(1).max()) == (2, 4)
    with pytest.raises(ValueError, match="cutout must be above 0 and at most 1, not 0"):
        DiffAugment.Config(cutout=0)
