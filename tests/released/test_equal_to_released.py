"""Our networks give what the released code gives: outputs, gradients of the losses, weights after three steps."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

RECORDINGS = sorted(path.stem for path in (Path(__file__).parent / "names").glob("*.toml"))


@pytest.mark.parametrize("name", RECORDINGS)
def test_outputs(compare: Callable[[str], Any], name: str) -> None:
    found = compare(name).outputs()
    print(name, {k: f"{v:.1e}" for k, v in found.items()})
    assert max(found.values()) < 1e-5, found


@pytest.mark.parametrize("name", RECORDINGS)
def test_gradients(compare: Callable[[str], Any], name: str) -> None:
    found = compare(name).gradients()
    print(name, f"{max(found.values()):.1e}")
    assert max(found.values()) < 1e-5, found


@pytest.mark.parametrize("name", RECORDINGS)
def test_weights_after_three_steps(compare: Callable[[str], Any], name: str) -> None:
    found = compare(name).steps()
    print(name, f"{max(found.values()):.1e}")
    assert max(found.values()) < 1e-3, found
