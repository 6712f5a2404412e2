"""What another program has been told of a run, so that a run that goes on tells it nothing twice."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from ganzoo.files import read_text, write_text

_FILE: Final = "ganzoo.json"
_MOST: Final = 2**20
"""Bytes of the file."""


class Book:
    """Kept in a file of the run folder.

    Args:
        folder: where the file is, or is to be.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / _FILE
        folder.mkdir(exist_ok=True)
        try:
            kept = json.loads(read_text(self._path, _MOST))
            self.id: str = str(kept["id"])
            """By what the other program knows the run."""
            self._steps: dict[str, int] = {str(name): int(step) for name, step in kept["steps"].items()}
            self.is_new = False
            """Whether nothing was written down yet when it was opened."""
        except (OSError, AttributeError, KeyError, TypeError, ValueError):  # a new run, or a damaged file
            self.id, self._steps, self.is_new = uuid.uuid4().hex[:8], {}, True

    def untold(self, step: int, names: Iterable[str]) -> list[str]:
        """Those of which nothing has been told of this step or a later one."""
        return [name for name in names if step > self._steps.get(name, -1)]

    def write_down(self, step: int, names: Iterable[str] = ()) -> None:
        """Notes that they have been told."""
        self._steps |= dict.fromkeys(names, step)
        write_text(self._path, json.dumps({"id": self.id, "steps": self._steps}))
