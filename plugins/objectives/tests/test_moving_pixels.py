"""Flips, translations and warps, against loops over pixels and `grid_sample`, and their two derivatives."""

from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F
from ganzoo_objectives.augmentations import flip, translate
from ganzoo_objectives.augmentations.affine import rotation, scaling, shift
from ganzoo_objectives.augmentations.pixels import warp
from torch import Tensor


def images(*shape: int) -> Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(0))


def constant(value: float, batch: int) -> Tensor:
    return torch.full((batch,), value, dtype=torch.float64)


def test_flips_those_asked_for() -> None:
    given = images(2, 3, 4, 5)
    flipped = flip(given, torch.tensor([False, True]))
    assert torch.equal(flipped[0], given[0])
    assert flipped[1].tolist() == given[1, :, :, [4, 3, 2, 1, 0]].tolist()


def test_translates_by_whole_pixels_and_fills_with_zeros() -> None:
    given = images(5, 2, 4, 6)
    rows, columns = torch.tensor([0, 2, -1, 0, 9]), torch.tensor([0, -3, 1, 5, 0])
    moved = translate(given, rows, columns)
    for index in range(5):
        expected = torch.zeros(2, 4, 6, dtype=torch.float64)
        for row in range(4):
            for column in range(6):
                from_row, from_column = row - int(rows[index]), column - int(columns[index])
                if 0 <= from_row < 4 and 0 <= from_column < 6:
                    expected[:, row, column] = given[index, :, from_row, from_column]
        assert torch.equal(moved[index], expected)


def origins(batch: int) -> Tensor:
    """Arbitrary affine maps, some of which reach far beyond the image."""
    generator = torch.Generator().manual_seed(4)
    matrices = torch.randn(batch, 3, 3, dtype=torch.float64, generator=generator)
    matrices[:, :2, 2] *= 7
    matrices[:, 2] = torch.tensor([0.0, 0.0, 1.0], dtype=torch.float64)
    return matrices


@pytest.mark.parametrize("shape", [(3, 5, 8), (1, 7, 4), (2, 1, 6)])
def test_warps_as_grid_sample_does(shape: tuple[int, int, int]) -> None:
    given, matrices = images(16, *shape), origins(16)
    height, width = shape[1:]
    # The same maps in grid_sample's coordinates, in which an image goes from -1 to 1.
    to_pixels = torch.diag(torch.tensor([width / 2, height / 2, 1], dtype=torch.float64))
    theta = (to_pixels.inverse() @ matrices @ to_pixels)[:, :2]
    grid = F.affine_grid(theta, list(given.shape), align_corners=False)
    expected = F.grid_sample(given, grid, "bilinear", "reflection", align_corners=False)
    torch.testing.assert_close(warp(given, matrices), expected)


def test_an_identity_changes_nothing() -> None:
    given = images(2, 3, 5, 4).float()
    assert torch.equal(warp(given, torch.eye(3).expand(2, 3, 3)), given)


def test_a_quarter_turn_is_one() -> None:
    given = images(1, 3, 6, 6)
    turned = warp(given, rotation(constant(math.pi / 2, 1)))
    # x turns towards y, so the pixel on the right comes from below.
    torch.testing.assert_close(turned, given.rot90(1, dims=(2, 3)))


def test_a_shift_moves_the_origin() -> None:
    given = images(1, 2, 5, 5)
    moved = warp(given, shift(constant(2, 1), constant(-1, 1)))
    torch.testing.assert_close(moved[:, :, 1:, :3], given[:, :, :4, 2:])


def test_a_mirror_is_a_scaling() -> None:
    given = images(1, 2, 5, 4)
    torch.testing.assert_close(warp(given, scaling(constant(-1, 1), constant(1, 1))), given.flip(3))


@pytest.mark.parametrize("name", ["translate", "warp"])
def test_first_and_second_derivatives(name: str) -> None:
    given = images(3, 2, 4, 3).requires_grad_()
    rows, columns, matrices = torch.tensor([1, 0, -2]), torch.tensor([0, 2, 1]), origins(3)

    def moved(x: Tensor) -> Tensor:
        # Squared, so that there is a second derivative.
        x = x.square()
        return translate(x, rows, columns) if name == "translate" else warp(x, matrices)

    assert torch.autograd.gradcheck(moved, (given,))
    assert torch.autograd.gradgradcheck(moved, (given,))
