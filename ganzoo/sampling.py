"""Images from a generator: latents, labels, uint8 batches and grids."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor
from torchvision.utils import make_grid

from ganzoo.errors import UsageError, near_matches
from ganzoo.files import write_atomically
from ganzoo.interfaces import Generator

GRID_COLUMNS: Final = 8
"""Images in a row of a grid."""

_MINIMAL_SIDE: Final = 56
"""Pixels an image has in a grid at least: 8x8 digits are shown enlarged."""


def draw_latents(count: int, latent_dim: int, seed: int) -> Tensor:
    """Standard normal latents `(count, latent_dim)` on the CPU; they depend on the seed alone."""
    return torch.randn(count, latent_dim, generator=torch.Generator().manual_seed(seed))


def choose_labels(class_names: Sequence[str], label: str | None, count: int) -> Tensor | None:
    """Labels `(count,)` int64 of one class, or of all in turn; None for an unconditional generator.

    Args:
        class_names: the generator's classes; empty where it is unconditional.
        label: a class's number or name in any case; None for all.
        count: how many labels.

    Raises:
        UsageError: there is no such class, or there are no classes.
    """
    if not class_names:
        if label is not None:
            raise UsageError("this generator is unconditional: it draws without --label")
        return None
    if label is None:
        return torch.arange(count) % len(class_names)
    lowered = [name.lower() for name in class_names]
    # A number is the label itself, even where class names are numbers too ("7" of MNIST is class 7).
    if label.isdecimal() and int(label) < len(class_names):
        return torch.full((count,), int(label))
    if label.lower() in lowered:
        return torch.full((count,), lowered.index(label.lower()))
    numbered = ", ".join(f"{number} {name}" for number, name in enumerate(class_names))
    raise UsageError(f"there is no class {label!r}{near_matches(label, class_names)}\nclasses: {numbered}")


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


def to_uint8(images: Tensor) -> Tensor:
    """Maps floats in [-1, 1] to the nearest of 0..255."""
    return images.float().add(1).mul(127.5).round().clamp(0, 255).to(torch.uint8)


@torch.inference_mode()
def generate(
    generator: Generator, latents: Tensor, labels: Tensor | None, batch_size: int = 256
) -> Iterator[Tensor]:
    """Yields uint8 images `(batch, channels, height, width)` on the CPU, a batch at a time.

    The generator is in evaluation mode while this runs and returns to its mode afterwards, so an
    image depends on its own latents and label and on nothing else in the batch.
    """
    device = next(generator.parameters()).device
    was_training = generator.training
    generator.eval()
    try:
        for start in range(0, len(latents), batch_size):
            part = slice(start, start + batch_size)
            images = generator(latents[part].to(device), None if labels is None else labels[part].to(device))
            yield to_uint8(images).cpu()
    finally:
        generator.train(was_training)


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
