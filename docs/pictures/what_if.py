"""Puts the last sample grids of runs beside each other, for the tutorials' pictures of "what if".

python docs/pictures/what_if.py docs/images/what-if-dcgan.png RUN RUN RUN    # the runs of the page's commands
"""

from __future__ import annotations

import argparse
from pathlib import Path

from PIL import Image

GAP = 16


def beside_each_other(runs: list[Path]) -> Image.Image:
    """The newest grid of each run at half its size, on white, in the order of `runs`."""
    newest = [max((run / "samples").glob("step-*.png")) for run in runs]
    grids = [Image.open(path).convert("L") for path in newest]
    grids = [grid.resize((grid.width // 2, grid.height // 2), Image.Resampling.NEAREST) for grid in grids]
    width = sum(grid.width + GAP for grid in grids) - GAP
    sheet = Image.new("L", (width, max(grid.height for grid in grids)), 255)
    left = 0
    for grid in grids:
        sheet.paste(grid, (left, 0))
        left += grid.width + GAP
    return sheet


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("image", type=Path, help="the PNG to write")
    parser.add_argument("runs", type=Path, nargs="+", metavar="RUN", help="folders of runs, left to right")
    arguments = parser.parse_args()
    beside_each_other(arguments.runs).save(arguments.image, optimize=True)
    print(arguments.image)
