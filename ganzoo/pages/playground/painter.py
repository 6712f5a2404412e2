"""Draws the images that the playground asks for. Each latent comes from a seed, which names its image."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, Final

import torch
from PIL import Image
from torch import Tensor

from ganzoo.errors import UsageError
from ganzoo.interfaces import Generator
from ganzoo.runs.trained import TrainedGenerator
from ganzoo.sampling.directions import Directions, directions_of
from ganzoo.sampling.generation import generate
from ganzoo.sampling.labels import choose_labels
from ganzoo.sampling.latents import draw_latents, interpolate, truncate
from ganzoo.text import printable

IMAGES: Final = 64
"""The most images of one request."""

SEED: Final = 2**32 - 1
"""The largest seed."""

TRUNCATION: Final = (0.1, 4.0)
"""The range of thresholds; beyond four standard deviations truncation changes no image visibly."""


DIRECTIONS: Final = 5
"""The most directions along which images are moved."""

MOVED: Final = (-4.0, 4.0)
"""How far along a direction, in standard deviations."""


class Painter:
    """Draws what requests ask for: lists of data URIs of PNG, each piece when the iterator comes to it."""

    def __init__(self, trained: TrainedGenerator) -> None:
        self._trained = trained

    @property
    def step(self) -> int:
        """Updates that the generator has seen."""
        return self._trained.step

    def describe(self) -> dict[str, Any]:
        """What the page needs to know of the generator, as JSON can say it; no path is in it."""
        image = self._trained.generator.image
        return {
            "step": self._trained.step,
            "checkpoint": self._trained.checkpoint.name,
            "width": image.width,
            "height": image.height,
            "latent_dim": self._trained.generator.latent_dim,
            "class_names": [printable(name, 60) for name in self._trained.class_names],
            "limits": {"images": IMAGES, "seed": SEED, "truncation": TRUNCATION, "moved": MOVED},
            "directions": 0 if self._directions is None else len(self._directions.vectors),
        }

    @cached_property
    def _directions(self) -> Directions | None:
        """The strongest directions; None where the generator has none."""
        generator = self._trained.generator
        try:
            return directions_of(generator, min(DIRECTIONS, generator.latent_dim))
        except UsageError:
            return None

    def images(
        self, seed: int, count: int, label: int | None, truncation: float | None, moved: Sequence[float] = ()
    ) -> Iterator[list[str]]:
        """Draws the images of `count` seeds, from `seed` on.

        The first is the image of `ganzoo sample --num 1 --seed SEED`, where nothing is truncated.

        Args:
            seed: of the first image; each of the others has the next one.
            count: how many.
            label: the class; None for all in turn, or of an unconditional generator.
            truncation: the threshold of `truncate`; None for none.
            moved: how far along each of the first directions, in standard deviations.

        Raises:
            UsageError: there is no such class, or direction.
        """
        labels = self._labels(label, count)
        latents = torch.cat([self._latent(seed + index, truncation) for index in range(count)])
        return self._draw(latents, labels, moved)

    def interpolation(
        self,
        start: int,
        end: int,
        steps: int,
        label: int | None,
        truncation: float | None,
        moved: Sequence[float] = (),
    ) -> Iterator[list[str]]:
        """Draws the way from the image of one seed to that of another; see `images`."""
        labels = self._labels(0 if label is None and self._trained.class_names else label, steps)
        ends = self._latent(start, truncation)[0], self._latent(end, truncation)[0]
        return self._draw(interpolate(*ends, steps), labels, moved)

    def _labels(self, label: int | None, count: int) -> Tensor | None:
        names = self._trained.class_names
        if label is not None and names and not 0 <= label < len(names):
            raise UsageError(f"there is no class {label}: the generator knows 0 to {len(names) - 1}")
        return choose_labels(names, label, count)

    def _latent(self, seed: int, truncation: float | None) -> Tensor:
        latent = draw_latents(1, self._trained.generator.latent_dim, seed)
        return latent if truncation is None else truncate(latent, truncation)

    def _draw(self, latents: Tensor, labels: Tensor | None, moved: Sequence[float]) -> Iterator[list[str]]:
        generator = self._trained.generator
        if any(moved):
            directions = self._directions
            if directions is None:
                raise UsageError("this generator has no directions")
            latents = directions.moved(directions.points(latents, labels), moved)
            generator, labels = directions.generator, None if directions.in_styles else labels
        return self._pieces(generator, latents, labels)

    def _pieces(self, generator: Generator, latents: Tensor, labels: Tensor | None) -> Iterator[list[str]]:
        # Between two pieces a drawing is given up, or another one has its turn.
        for images in generate(generator, latents, labels):
            yield [_png(image) for image in images]


def _png(image: Tensor) -> str:
    """A uint8 image `(C, H, W)` as a data URI."""
    pixels = image.permute(1, 2, 0).squeeze(2).numpy() if len(image) == 1 else image.permute(1, 2, 0).numpy()
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format="PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
