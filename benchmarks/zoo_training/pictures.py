"""One picture of many sample grids, each under its contender's name."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw, ImageFont

COLUMNS: Final = 5
MARGIN: Final = 12
LETTERS: Final = 40
"""Pixels: the space around a grid, and the height of a name's letters, which pages show at a third."""


def joined(grids: Mapping[str, Path]) -> Image.Image | None:
    """Grids side by side in the given order, `COLUMNS` to a row; None where there are none."""
    if not grids:
        return None
    pictures = {name: Image.open(path).convert("RGB") for name, path in grids.items()}
    width = max(picture.width for picture in pictures.values()) + MARGIN
    height = max(picture.height for picture in pictures.values()) + MARGIN + 2 * LETTERS
    columns = min(COLUMNS, len(pictures))
    rows = -(-len(pictures) // columns)
    sheet = Image.new("RGB", (columns * width + MARGIN, rows * height + MARGIN), "white")
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(LETTERS)
    for index, (name, picture) in enumerate(pictures.items()):
        left, top = MARGIN + index % columns * width, MARGIN + index // columns * height
        draw.text((left, top), name, fill="black", font=font)
        sheet.paste(picture, (left, top + LETTERS + MARGIN))
    return sheet
