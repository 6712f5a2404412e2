"""ADA draws what the released code draws: how often each transformation happens, and how far it goes.

`data/augmentations.safetensors` holds what 3,000 images of 16x32 got, one transformation at a time, at
strength 0.3. Ours are compared by the test of Kolmogorov and Smirnov for two samples.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

import pytest
import torch
from ganzoo_objectives.augmentations.ada import _blitting, _colours, _geometric, _kept
from ganzoo_objectives.augmentations.draws import Draw
from safetensors.torch import load_file
from scipy import stats
from torch import Tensor

BATCH, HEIGHT, WIDTH = 20_000, 16, 32

COMPARED = (
    "xflip.0", "rotate90.0", "xint.0", "xint.1", "scale.0", "rotate.0", "rotate.1", "aniso.0", "xfrac.0",
    "xfrac.1", "brightness.0", "contrast.0", "lumaflip.0", "hue.0", "saturation.0", "cutout.0", "cutout.1",
)  # fmt: skip


@pytest.fixture(scope="module")
def released() -> dict[str, Tensor]:
    return {
        name: tensor.double()
        for name, tensor in load_file(Path(__file__).parent / "data" / "augmentations.safetensors").items()
    }


@pytest.fixture(scope="module")
def ours() -> dict[str, Tensor]:
    """What ours draw at that strength, under the released names."""
    torch.manual_seed(0)
    draw = Draw(BATCH, torch.tensor(0.3, dtype=torch.float64))
    flip, turn, whole = _blitting(draw, HEIGHT, WIDTH)
    scale, first, stretch, second, fraction = _geometric(draw, HEIGHT, WIDTH)
    colours = _colours(draw)
    hole = ~_kept(draw, HEIGHT, WIDTH)[:, 0]
    return {
        "xflip.0": flip[:, 0, 0],
        "rotate90.0": _angle(turn),
        "xint.0": whole[:, 0, 2],
        "xint.1": whole[:, 1, 2],
        "scale.0": scale[:, 0, 0],
        "rotate.0": _angle(first),
        "rotate.1": _angle(second),
        "aniso.0": stretch[:, 0, 0],
        "xfrac.0": fraction[:, 0, 2],
        "xfrac.1": fraction[:, 1, 2],
        "brightness.0": colours.brightness,
        "contrast.0": colours.contrast,
        "lumaflip.0": colours.luma,
        "hue.0": colours.hue,
        "saturation.0": colours.saturation,
        "cutout.0": hole.any(2).sum(1).double(),
        "cutout.1": hole.any(1).sum(1).double(),
    }


def _angle(matrices: Tensor) -> Tensor:
    return torch.atan2(matrices[:, 1, 0], matrices[:, 0, 0])


def _whole_turns(angles: Tensor) -> Tensor:
    """Angles in (-π, π]; a quarter turn to the left and three to the right are the same."""
    return torch.atan2(torch.sin(angles), torch.cos(angles)).add(1e-6).remainder(2 * math.pi)


def test_every_recorded_number_is_compared(
    released: Mapping[str, Tensor], ours: Mapping[str, Tensor]
) -> None:
    assert set(released) - {"aniso.1"} == set(ours) == set(COMPARED)  # the second is the inverse of the first


@pytest.mark.parametrize("name", COMPARED)
def test_draws_from_the_same_distribution(
    released: Mapping[str, Tensor], ours: Mapping[str, Tensor], name: str
) -> None:
    theirs, mine = released[name], ours[name]
    if name.startswith("rotate90"):
        theirs, mine = _whole_turns(theirs), _whole_turns(mine)
    # Continuous to five digits: rounding in float32 would part what is equal, such as no change at all.
    rounded = (theirs.mul(1e5).round().numpy(), mine.mul(1e5).round().numpy())
    assert stats.ks_2samp(*rounded).pvalue > 1e-3


@pytest.mark.parametrize(("name", "share"), [("xint", 0.295), ("xfrac", 0.3), ("cutout", 0.3)])
def test_one_decision_is_made_about_both_axes(
    released: Mapping[str, Tensor], ours: Mapping[str, Tensor], name: str, share: float
) -> None:
    """A shift by whole pixels is one by none in a sixty-fourth of the cases where both sides are 32."""
    for drawn in (released, ours):
        across, down = drawn[f"{name}.0"].ne(0), drawn[f"{name}.1"].ne(0)
        deviation = math.sqrt(share * (1 - share) / len(across))
        assert (across | down).double().mean().item() == pytest.approx(share, abs=4 * deviation + 0.01)
    # Were the axes decided one by one, both would be moved in 0.09 of the cases.
    both = [
        (drawn[f"{name}.0"].ne(0) & drawn[f"{name}.1"].ne(0)).double().mean().item()
        for drawn in (released, ours)
    ]
    assert both[1] == pytest.approx(both[0], abs=0.03)
    assert min(both) > 0.15
