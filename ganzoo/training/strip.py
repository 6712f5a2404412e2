"""The strip: grids of a run side by side, from noise to now."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from ganzoo.runs.folder import Run
from ganzoo.sampling.files import save_image
from ganzoo.sampling.grids import strip

_STRIP_GRIDS: Final = 6

_FEW: Final = 3
"""Grids that show no way yet."""


def save_strip(run: Run, every: int) -> Path | None:
    """Joins grids from the first to the last of a run into `samples/strip.png`, left to right.

    Those that the run draws every so many steps, and the newest: with others, drawn by time or when it was
    interrupted, the strip would differ from that of a run which never stopped. Where there are few, all.
    """
    grids = [path for path in sorted(run.samples.glob("step-*.png")) if path.stem[len("step-") :].isdecimal()]
    if not grids:
        return None
    regular = [grid for grid in grids[:-1] if int(grid.stem[len("step-") :]) % every == 0]
    shown = [*regular, grids[-1]] if len(regular) >= _FEW else grids
    last = len(shown) - 1
    chosen = sorted({round(index * last / (_STRIP_GRIDS - 1)) for index in range(_STRIP_GRIDS)})
    path = run.samples / "strip.png"
    save_image(strip([shown[index] for index in chosen]), path)
    return path
