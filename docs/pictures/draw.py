"""Draws the pictures of the documentation: `python docs/pictures/draw.py` writes them to docs/images.

Each module beside this one draws what its first line says, from the code of this repository, so no figure
can show what the code does not do. Few words are in them, since pages in all languages share them.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))  # so that the modules find each other wherever this is run from

import labels  # noqa: E402
import losses  # noqa: E402
import strided_convolution  # noqa: E402
import tanh  # noqa: E402
import transposed_convolution  # noqa: E402
from style import drawing  # noqa: E402

FIGURES = {
    name: draw
    for module in (transposed_convolution, strided_convolution, tanh, labels, losses)
    for name, draw in module.FIGURES.items()
}


def draw_all(folder: Path) -> list[Path]:
    """Draws every figure as an SVG in `folder`, which is made."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    with drawing():
        for name, draw in FIGURES.items():
            paths.append(folder / f"{name}.svg")
            draw().savefig(paths[-1], metadata={"Date": None})
    return paths


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=HERE.parent / "images", help="folder [docs/images]")
    for path in draw_all(parser.parse_args().out):
        print(path)
