"""What `ganzoo sample` draws: images of seeds, walks, strips along directions. Nothing is written here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from PIL import Image
from torch import Tensor

from ganzoo.errors import UsageError
from ganzoo.interfaces import Generator
from ganzoo.sampling.directions import STEPS, directions_of, strip_points
from ganzoo.sampling.generation import generate
from ganzoo.sampling.grids import GRID_COLUMNS, NAMED_CLASSES, class_grid, image_grid
from ganzoo.sampling.labels import choose_labels
from ganzoo.sampling.latents import draw_latents
from ganzoo.sampling.seeds import latents_of
from ganzoo.sampling.walk import walk


@dataclass(frozen=True)
class Drawing:
    """Images that are drawn when they are asked for, and how many stand in a row of a picture."""

    batches: Iterator[Tensor]
    """uint8 `(batch, channels, height, width)` on the CPU."""
    labels: Tensor | None
    """`(N,)` int64; None where there are none, or where images are between classes."""
    count: int
    columns: int
    row_names: tuple[str, ...] = ()
    """Names of all classes, where a picture has a row for each class that is drawn."""


def draw_images(
    generator: Generator,
    class_names: Sequence[str],
    label: str | None,
    seeds: Sequence[int] | int,
    count: int,
) -> Drawing:
    """The images of several seeds, or the first ones of a single seed.

    Args:
        generator: on any device.
        class_names: of its labels; empty for an unconditional generator.
        label: a class's number or name; None for all in turn.
        seeds: one for each image, or one for all.
        count: how many, where there is one for all.

    Raises:
        UsageError: there is no such class.
    """
    latents = (
        draw_latents(count, generator.latent_dim, seeds)
        if isinstance(seeds, int)
        else latents_of(list(seeds), generator.latent_dim)
    )
    labels = choose_labels(class_names, label, len(latents))
    has_rows = label is None and isinstance(seeds, int) and len(latents) >= 2 * len(class_names) > 2
    names = tuple(class_names) if has_rows else ()
    return Drawing(generate(generator, latents, labels), labels, len(latents), GRID_COLUMNS, names)


def draw_walk(
    generator: Generator, class_names: Sequence[str], label: str | None, seeds: Sequence[int], steps: int
) -> Drawing:
    """The way from the image of one seed to that of the next, and from one class to the next.

    Args:
        generator: on any device.
        class_names: as for `draw_images`.
        label: one class for all, or several joined by commas; None: the first one.
        seeds: of the images that the way goes through; a single one stands for all, or for itself and the
            next where the class stays the same.
        steps: images from one point to the next, both included.

    Raises:
        UsageError: there is no such class, or seeds and classes don't go together.
    """
    asked = [None] if label is None else label.split(",")
    if label is not None and label.lower() in map(str.lower, class_names):
        asked = [label]  # a name with a comma in it
    chosen = [choose_labels(class_names, each.strip() if each else each, 1) for each in asked]
    labels = [int(each) for each in chosen if each is not None]
    if len(seeds) == 1 and len(labels) < 2:
        seeds = [seeds[0], seeds[0] + 1]
    frames = walk(generator, seeds, labels, steps)
    return Drawing(iter([frames]), None, len(frames), steps)


def draw_directions(
    generator: Generator, class_names: Sequence[str], label: str | None, seed: int, count: int
) -> Drawing:
    """The image of a seed, moved along the strongest directions: a row each, weakly in the middle.

    Args:
        generator: on any device.
        class_names: as for `draw_images`.
        label: the class; None: the first one.
        seed: of the image.
        count: how many directions.

    Raises:
        UsageError: there is no such class, or there are fewer directions.
    """
    directions = directions_of(generator, count)
    of_point = choose_labels(class_names, label, 1)
    points = strip_points(
        directions, directions.points(draw_latents(1, generator.latent_dim, seed), of_point)
    )
    labels = None if of_point is None or directions.in_styles else of_point.expand(len(points))
    return Drawing(generate(directions.generator, points, labels), None, len(points), len(STEPS))


def require_ways(walk_steps: int | None, directions: int | None, truncation: float | None) -> None:
    """Refuses options that can't go together.

    Raises:
        UsageError: walk and directions both, or directions with truncation.
    """
    if walk_steps is not None and directions is not None:
        raise UsageError("--walk and --directions are two pictures: ask for one at a time")
    if directions is not None and truncation is not None:
        raise UsageError("--directions moves the image of a seed as it is: leave --truncation out")


def usual_count(class_names: Sequence[str], label: str | None) -> int:
    """How many images a picture has where nobody says: a row of each class, unless they are many."""
    has_rows = label is None and 1 < len(class_names) <= NAMED_CLASSES
    return GRID_COLUMNS * (len(class_names) if has_rows else GRID_COLUMNS)


def picture(drawing: Drawing) -> Image.Image:
    """All images of a drawing in one picture."""
    images = whole(drawing)
    if drawing.row_names and drawing.labels is not None:
        return class_grid(images, drawing.labels, drawing.row_names)
    return image_grid(images, drawing.columns)


def whole(drawing: Drawing) -> Tensor:
    """All images of a drawing, `(N, C, H, W)` uint8."""
    return torch.cat(list(drawing.batches))
