"""Grids of images: the inputs of a run's sample grids, and pictures of images in rows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from ganzoo.errors import GanzooError, UsageError
from ganzoo.files import read_bytes
from ganzoo.image_files import decoding
from ganzoo.interfaces import Generator, ImageSpec
from ganzoo.sampling.generation import generate
from ganzoo.sampling.latents import draw_latents
from ganzoo.text import printable

GRID_COLUMNS: Final = 8
"""Images in a row of a grid."""

_MINIMAL_SIDE: Final = 56
"""The least height in pixels at which a grid shows an image: 8x8 digits are enlarged."""

_PADDING: Final = 2
"""Pixels around each image of a grid."""

_LINE: Final = 90
"""Grey between the images of a grid, which is seen between black ones, white ones and noise."""

_NAME_SIZE: Final = 20
"""Height in pixels of the letters of a class's name."""

_NAME_LENGTH: Final = 30
"""Characters of a class's name that are shown."""

NAMED_CLASSES: Final = 32
"""The most classes that get a row each unless more images are asked for."""


def grid_inputs(generator: Generator, seed: int) -> tuple[Tensor, Tensor | None]:
    """Latents and labels of a sample grid, the same at every step of a run.

    A conditional generator gets one row a class, with the same latents in every row, so that rows
    differ by their label alone.

    Returns:
        Latents `(N, latent_dim)` float32 and labels `(N,)` int64, None for an unconditional generator.
    """
    if generator.num_classes is None:
        return draw_latents(GRID_COLUMNS**2, generator.latent_dim, seed), None
    latents = draw_latents(GRID_COLUMNS, generator.latent_dim, seed)
    labels = torch.arange(generator.num_classes).repeat_interleave(GRID_COLUMNS)
    return latents.repeat(generator.num_classes, 1), labels


def picture_of(generator: Generator) -> Image.Image:
    """What a generator draws, in one picture: the grid of a training with seed 0."""
    return image_grid(torch.cat(list(generate(generator, *grid_inputs(generator, 0)))))


MOST_PIXELS: Final = 2**25
"""Of a grid: what programs that show pictures open without trouble."""


def require_grid(image: ImageSpec, count: int) -> None:
    """Refuses a grid that no program would show.

    Raises:
        UsageError: so many images have more than `MOST_PIXELS` together.
    """
    scale = _scale(image.height)
    each = (scale * image.height + _PADDING) * (scale * image.width + _PADDING)
    if count * each > MOST_PIXELS:
        most = MOST_PIXELS // each
        raise UsageError(
            f"a grid of {count:,} images would have {count * each / 1e6:,.0f} million pixels\n"
            f"--out samples.npz takes any number; a .png at most {most:,} of these: --num {most}"
        )


def image_grid(images: Tensor, columns: int = GRID_COLUMNS) -> Image.Image:
    """Lays uint8 images `(N, 1 or 3, H, W)` out in rows with grey lines between; small ones are enlarged by a
    whole factor. A single image is a picture of its own, without a border.
    """
    shown = enlarged(images).expand(-1, 3, -1, -1)
    if len(shown) == 1:
        return Image.fromarray(shown[0].permute(1, 2, 0).contiguous().numpy())
    count, _, height, width = shown.shape
    columns, height, width = min(columns, count), height + _PADDING, width + _PADDING
    rows = -(-count // columns)
    cells = torch.full((rows * columns, 3, height, width), _LINE, dtype=torch.uint8)
    cells[:count, :, _PADDING:, _PADDING:] = shown
    grid = torch.full((rows * height + _PADDING, columns * width + _PADDING, 3), _LINE, dtype=torch.uint8)
    cells = cells.reshape(rows, columns, 3, height, width).permute(0, 3, 1, 4, 2)
    grid[:-_PADDING, :-_PADDING] = cells.reshape(rows * height, columns * width, 3)
    return Image.fromarray(grid.numpy())


def class_grid(images: Tensor, labels: Tensor, class_names: Sequence[str]) -> Image.Image:
    """Lays images out with a row a class, in the order of the classes, and each class's name beside its row.

    Args:
        images: uint8 `(N, C, H, W)`.
        labels: their classes `(N,)` int64; where one has fewer images than another its row ends early.
        class_names: of all labels.
    """
    drawn: list[int] = sorted(set(labels.tolist()))
    rows = [images[labels == label] for label in drawn]
    columns = max(map(len, rows))
    blank = torch.full((columns, *images.shape[1:]), _LINE, dtype=torch.uint8)
    grid = image_grid(torch.cat([torch.cat([row, blank[len(row) :]]) for row in rows]), columns)
    font, height = ImageFont.load_default(size=_NAME_SIZE), grid.height / len(rows)
    names = [printable(class_names[label], _NAME_LENGTH) for label in drawn]
    width = round(max(font.getlength(name) for name in names)) + _NAME_SIZE
    named = Image.new("RGB", (grid.width + width, grid.height), "white")
    named.paste(grid, (0, 0))
    pen = ImageDraw.Draw(named)
    for row, name in enumerate(names):
        middle = grid.width + _NAME_SIZE // 2, round((row + 0.5) * height)
        pen.text(middle, name, "black", font, anchor="lm")
    return named


def enlarged(images: Tensor) -> Tensor:
    """Images `(N, C, H, W)`, small ones with every pixel as a square of several."""
    scale = _scale(images.shape[-2])
    return images.repeat_interleave(scale, dim=-1).repeat_interleave(scale, dim=-2)


def _scale(height: int) -> int:
    """How many times an image is enlarged."""
    return -(-_MINIMAL_SIDE // height)


def strip(grids: Sequence[Path], gap: int = 16) -> Image.Image:
    """Joins sample grids of several steps from left to right on white, each below its step's number.

    Args:
        grids: PNG files of a run, called `step-00001000.png`.
        gap: pixels between two grids.

    Raises:
        GanzooError: a file can't be read, or is no PNG.
    """
    opened = [_opened(path) for path in grids]
    header = 36
    width = sum(grid.width + gap for grid in opened) - gap
    joined = Image.new("RGB", (width, max(grid.height for grid in opened) + header), "white")
    pen, font = ImageDraw.Draw(joined), ImageFont.load_default(size=26)
    left = 0
    for path, grid in zip(grids, opened, strict=True):
        pen.text((left + 2, 2), f"step {int(path.stem.removeprefix('step-')):,}", "black", font)
        joined.paste(grid, (left, header))
        left += grid.width + gap
    return joined


def _opened(path: Path) -> Image.Image:
    """The picture in a file, which may be a stranger's."""
    try:
        data = read_bytes(path, decoding.MOST_BYTES)
        grid = decoding.read_image(data, path.name, formats=["PNG"], most_pixels=decoding.MOST_PIXELS)
        return grid.convert("RGB")
    except (OSError, GanzooError) as error:
        cause = error.__cause__ or error
        raise GanzooError(
            f"{path} can't be read as a sample grid: {cause}\ndelete it, and the strip goes without it"
        ) from error
