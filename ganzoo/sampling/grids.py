"""Grids of images, and the files that images are kept in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor
from torchvision.utils import make_grid

from ganzoo.files import write_atomically
from ganzoo.interfaces import Generator
from ganzoo.sampling.latents import draw_latents

GRID_COLUMNS: Final = 8
"""Images in a row of a grid."""

_MINIMAL_SIDE: Final = 56
"""Pixels an image has in a grid at least: 8x8 digits are shown enlarged."""


def grid_inputs(generator: Generator, seed: int) -> tuple[Tensor, Tensor | None]:
    """Latents and labels of a sample grid, the same at every step of a run.

    A conditional generator gets one row a class, with the same latents in every row, so that what
    differs between rows is the label's doing.
    """
    if generator.num_classes is None:
        return draw_latents(GRID_COLUMNS**2, generator.latent_dim, seed), None
    latents = draw_latents(GRID_COLUMNS, generator.latent_dim, seed)
    labels = torch.arange(generator.num_classes).repeat_interleave(GRID_COLUMNS)
    return latents.repeat(generator.num_classes, 1), labels


def image_grid(images: Tensor, columns: int = GRID_COLUMNS) -> Image.Image:
    """Lays uint8 images `(N, C, H, W)` out in rows; small ones are enlarged by a whole factor."""
    scale = -(-_MINIMAL_SIDE // images.shape[-2])
    enlarged = images.repeat_interleave(scale, dim=-1).repeat_interleave(scale, dim=-2)
    grid = make_grid(enlarged, nrow=columns, padding=2)
    return Image.fromarray(grid.permute(1, 2, 0).numpy())


def save_image(image: Image.Image, path: Path) -> None:
    """Writes a PNG, whole or not at all."""
    write_atomically(path, lambda temporary: image.save(temporary, format="PNG"))


def save_arrays(batches: Iterable[Tensor], labels: Tensor | None, path: Path) -> None:
    """Writes a .npz with `images` uint8 `(N, H, W, C)` and `labels` int64 `(N,)` where there are any."""
    arrays = {"images": torch.cat(list(batches)).permute(0, 2, 3, 1).numpy()}
    if labels is not None:
        arrays["labels"] = labels.numpy()

    def save(temporary: Path) -> None:
        with temporary.open("wb") as file:
            np.savez_compressed(file, allow_pickle=False, **arrays)

    write_atomically(path, save)


def strip(grids: Sequence[Path], gap: int = 16) -> Image.Image:
    """Joins grid files left to right on white, each under its step, to show a training through time."""
    opened = [Image.open(path).convert("RGB") for path in grids]
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
