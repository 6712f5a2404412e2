"""The strip: grids of a run side by side, from noise to now."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from ganzoo.runs.folder import Run
from ganzoo.sampling.files import save_image
from ganzoo.sampling.grids import strip

_STRIP_GRIDS: Final = 6


def save_strip(run: Run) -> Path | None:
    """Joins grids from the first to the last of a run into `samples/strip.png`, left to right."""
    grids = sorted(run.samples.glob("step-*.png"))
    if not grids:
        return None
    last = len(grids) - 1
    chosen = sorted({round(index * last / (_STRIP_GRIDS - 1)) for index in range(_STRIP_GRIDS)})
    path = run.samples / "strip.png"
    save_image(strip([grids[index] for index in chosen]), path)
    return path
