"""ADA's transformations against the matrices of Karras et al., 2020, appendix B, and their distributions."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from ganzoo_objectives.augmentations import ADA
from ganzoo_objectives.augmentations.ada import _blitting, _geometric
from ganzoo_objectives.augmentations.colours import Colours, recolour
from ganzoo_objectives.augmentations.draws import Draw
from scipy import stats
from torch import Tensor

BATCH = 4000


@pytest.fixture(autouse=True)
def _seed() -> None:
    torch.manual_seed(0)


def paper_colour_matrix(colours: list[float]) -> np.ndarray:
    """The 4x4 matrix for (r, g, b, 1), made of the paper's factors in the paper's order."""
    brightness, contrast, luma, hue, saturation = colours
    axis = np.array([1, 1, 1, 0]) / math.sqrt(3)
    on_axis, one = np.outer(axis, axis), np.eye(4)
    added = np.eye(4)
    added[:3, 3] = brightness
    flipped = one - 2 * on_axis if luma < 0 else one
    x, y, z = axis[:3]
    cross = np.zeros((4, 4))
    cross[:3, :3] = [[0, -z, y], [z, 0, -x], [-y, x, 0]]
    # Rodrigues' formula.
    turned = one + math.sin(hue) * cross + (1 - math.cos(hue)) * cross @ cross
    saturated = on_axis + (np.diag([1, 1, 1, 0]) - on_axis) * saturation + np.diag([0, 0, 0, 1])
    matrix: np.ndarray = saturated @ turned @ flipped @ np.diag([contrast] * 3 + [1]) @ added
    return matrix


def test_colours_are_the_papers_matrices() -> None:
    drawn = torch.randn(20, 5, dtype=torch.float64)
    drawn[:, 2] = drawn[:, 2].sign()
    images = torch.randn(20, 3, 2, 4, dtype=torch.float64)
    changed = recolour(images, Colours(*drawn.unbind(1)))
    for image, result, colours in zip(images, changed, drawn.tolist(), strict=True):
        pixels = np.concatenate([image.flatten(1).numpy(), np.ones((1, 8))])
        expected = (paper_colour_matrix(colours) @ pixels)[:3].reshape(3, 2, 4)
        np.testing.assert_allclose(result.numpy(), expected, atol=1e-12)


def test_grey_images_see_brightness_contrast_and_luma() -> None:
    """As one channel of an image whose three are equal, which hue and saturation leave alone."""
    drawn = torch.randn(20, 5, dtype=torch.float64)
    drawn[:, 2] = drawn[:, 2].sign()
    images = torch.randn(20, 1, 2, 4, dtype=torch.float64)
    colours = Colours(*drawn.unbind(1))
    in_colour = recolour(images.expand(-1, 3, -1, -1), colours)
    torch.testing.assert_close(recolour(images, colours), in_colour[:, :1])


def strong(strength: float) -> Draw:
    return Draw(BATCH, torch.tensor(strength, dtype=torch.float64))


@pytest.mark.parametrize("strength", [0.0, 0.3, 1.0])
def test_each_happens_with_probability_p(strength: float) -> None:
    draw = strong(strength)
    tolerance = 4 * math.sqrt(strength * (1 - strength) / BATCH) + 1e-12
    for values in (draw.normal(2.0), draw.uniform(2.0), draw.scale(2.0).log2()):
        assert values.ne(0).double().mean().item() == pytest.approx(strength, abs=tolerance)
    either = draw.uniform_of_two(1.0).ne(0) | draw.uniform_of_two(1.0).ne(0)
    assert either.double().mean().item() == pytest.approx(strength, abs=tolerance)


def test_distributions_at_full_strength() -> None:
    draw = strong(1.0)
    assert stats.kstest(draw.normal(0.5).numpy(), stats.norm(0, 0.5).cdf).pvalue > 1e-3
    assert stats.kstest(draw.scale(0.5).log2().numpy(), stats.norm(0, 0.5).cdf).pvalue > 1e-3
    assert stats.kstest(draw.uniform(3.0).numpy(), stats.uniform(-3, 6).cdf).pvalue > 1e-3
    counts = torch.bincount(draw.one_of(4).long(), minlength=4)
    assert stats.chisquare(counts.numpy()).pvalue > 1e-3


def test_blitting_maps_pixels_to_pixels() -> None:
    flips, turns, shifts = _blitting(strong(1.0), 16, 32)
    assert set(flips[:, 0, 0].tolist()) == {-1.0, 1.0}
    torch.testing.assert_close(turns, turns.round(), atol=1e-7, rtol=0)
    quarters = (torch.atan2(turns[:, 1, 0], turns[:, 0, 0]) / (math.pi / 2)).round().long() % 4
    assert stats.chisquare(torch.bincount(quarters, minlength=4).numpy()).pvalue > 1e-3
    # An eighth of 32 and 16.
    assert shifts[:, 0, 2].unique().tolist() == [float(value) for value in range(-4, 5)]
    assert shifts[:, 1, 2].unique().tolist() == [float(value) for value in range(-2, 3)]
    images = torch.randn(8, 3, 8, 8)
    augmented = ADA(ADA.Config(transformations=("blitting",), strength=1.0))(images)
    for before, after in zip(images, augmented, strict=True):
        distances = (after[:, :, :, None] - before.flatten(1)[:, None, None]).abs().amax(0).amin(-1)
        assert distances.max() < 1e-4, "every new pixel is an old one"


def test_geometry_has_the_papers_deviations() -> None:
    both, _, stretch, _, shifts = _geometric(strong(1.0), 16, 32)
    for values, deviation in (
        (both[:, 0, 0].log2(), 0.2),
        (stretch[:, 0, 0].log2(), 0.2),
        (shifts[:, 0, 2], 32 / 8),
        (shifts[:, 1, 2], 16 / 8),
    ):
        assert stats.kstest(values.numpy(), stats.norm(0, deviation).cdf).pvalue > 1e-3
    assert torch.equal(both[:, 0, 0], both[:, 1, 1])
    torch.testing.assert_close(stretch[:, 0, 0] * stretch[:, 1, 1], torch.ones(BATCH, dtype=torch.float64))


@pytest.mark.parametrize("channels", [1, 3])
def test_nothing_happens_without_strength(channels: int) -> None:
    images = torch.rand(4, channels, 7, 9) * 2 - 1
    torch.testing.assert_close(ADA(ADA.Config())(images), images)


@pytest.mark.parametrize("kept", ["blitting", "geometric", "colour"])
def test_only_what_is_asked_for(kept: str) -> None:
    def spectrum(images: Tensor) -> Tensor:
        return images.flatten(1).sort(1).values

    images = torch.rand(64, 3, 8, 8)
    augmented = ADA(ADA.Config(transformations=(kept,), strength=1.0))(images)  # type: ignore[arg-type]
    moved = (augmented - images).flatten(1).abs().amax(1).gt(1e-3)
    assert moved.double().mean() > 0.8
    if kept == "geometric":
        # Bilinear interpolation invents no value beyond those around it.
        assert augmented.min() >= 0
        assert augmented.max() <= 1
    if kept == "colour":
        # A pixel stays where it is: equal pixels stay equal.
        flat = torch.full((8, 3, 4, 4), 0.3)
        colour = ADA(ADA.Config(transformations=("colour",), strength=1.0))(flat)
        torch.testing.assert_close(colour, colour[:, :, :1, :1].expand_as(colour))


@pytest.mark.parametrize("channels", [1, 3])
def test_first_and_second_derivatives(channels: int) -> None:
    ada = ADA(ADA.Config(strength=0.8))

    def augmented(images: Tensor) -> Tensor:
        torch.manual_seed(3)
        result: Tensor = ada(images.square())
        return result

    images = torch.randn(2, channels, 3, 2, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(augmented, (images,))
    assert torch.autograd.gradgradcheck(augmented, (images,))


def test_cutout_is_asked_for_and_cuts_half_the_sides_where_it_fits() -> None:
    ones = torch.ones(200, 3, 8, 12)
    torch.testing.assert_close(ADA(ADA.Config(transformations=("geometric",), strength=1.0))(ones), ones)
    holes = ADA(ADA.Config(transformations=("cutout",), strength=1.0))(ones) == 0
    assert torch.equal(holes.all(1), holes.any(1))
    rows, columns = holes[:, 0].any(2).sum(1), holes[:, 0].any(1).sum(1)
    assert torch.equal(holes[:, 0].sum((1, 2)), rows * columns)
    assert (rows.max(), columns.max()) == (4, 6)


def test_colours_happen_with_their_share_of_the_strength() -> None:
    settings = ADA.Config(transformations=("colour",), strength=1.0, colour_share=0.5)
    flat = torch.full((BATCH, 1, 1, 1), 0.5)
    unchanged = ADA(settings)(flat).eq(0.5).double().mean().item()
    # Of a grey image: brightness and contrast not drawn, and the flip not drawn or drawn as none.
    assert unchanged == pytest.approx(0.5 * 0.5 * 0.75, abs=4 * math.sqrt(0.19 * 0.81 / BATCH))
    with pytest.raises(ValueError, match="colour_share must be at least 0 and at most 1, not 2"):
        ADA.Config(colour_share=2)
