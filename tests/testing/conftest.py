"""Lets wrong plugins import the right parts that they are made of."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def right_parts(monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file with the right plugins, importable as `right_parts`."""
    folder = Path(__file__).parent
    monkeypatch.syspath_prepend(folder)
    return folder / "right_parts.py"
