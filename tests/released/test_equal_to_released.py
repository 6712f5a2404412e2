"""Our networks give what the released code gives: outputs, gradients of the losses, weights after 3 steps.

What differs is the rounding: recordings are in float32, and so are the logits that our losses see. Everything
else is float64 on both sides.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

NAMES: Final = {
    path.stem: tomllib.loads(path.read_text()) for path in (Path(__file__).parent / "names").iterdir()
}

TOLERANCE: Final = 3e-6
"""Of the largest number in a tensor; float32 rounds to 6e-8, and a gradient is a sum of many that cancel."""

OF_A_LEARNING_RATE: Final = 3e-3
"""Adam divides a gradient by its size, so where one is almost 0 its rounding counts as much as the number."""


LARGE: Final = {"lightweight": pytest.mark.slow}
"""Whose images are of 256 pixels."""

COMPARED: Final = [pytest.param(name, marks=LARGE.get(name, ())) for name in sorted(NAMES)]


@pytest.mark.parametrize("name", COMPARED)
def test_outputs(compare: Callable[[str], Any], name: str) -> None:
    found = compare(name).outputs()
    assert max(found.values()) < TOLERANCE, found


@pytest.mark.parametrize("name", COMPARED)
def test_gradients(compare: Callable[[str], Any], name: str) -> None:
    found = compare(name).gradients()
    assert max(found.values()) < TOLERANCE, found


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(name for name, table in NAMES.items() if table.get("steps", True)))
def test_weights_after_three_steps(compare: Callable[[str], Any], name: str) -> None:
    found = compare(name).steps()
    assert max(found.values()) < NAMES[name].get("of_a_learning_rate", OF_A_LEARNING_RATE), found
