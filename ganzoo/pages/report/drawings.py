"""Drawings of a run's generator: interpolations, and samples beside their nearest training images."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import torch
from torch import Tensor

from ganzoo.errors import GanzooError
from ganzoo.files import expanded
from ganzoo.pages.report.history import History
from ganzoo.pages.report.pictures import Picture, encode
from ganzoo.plugins import lookup
from ganzoo.runs.trained import TrainedGenerator
from ganzoo.sampling.generation import generate
from ganzoo.sampling.grids import image_grid
from ganzoo.sampling.latents import draw_latents, interpolate
from ganzoo.settings.binding import bind_section
from ganzoo.settings.configuration import NAME, RUN, Section
from ganzoo.settings.keys import settings_from
from ganzoo.settings.renaming import former_keys, with_present_keys
from ganzoo.text import printable

ROWS: Final = 10
"""The most classes that are drawn."""

_PATHS: Final = 4
"""Pairs of latents that an unconditional generator draws the images between."""

_STEPS: Final = 9
"""Images of an interpolation, both ends included."""

_SEED: Final = 0
_NEIGHBOURS: Final = 3
_SAMPLES: Final = 8
"""Images of an unconditional generator that are compared with training images."""

_YARDSTICKS: Final = 64
"""Training images whose distance to the nearest other one shows how far apart real images are."""

_CHUNK: Final = 1024


@dataclass(frozen=True)
class Interpolation:
    """Images on the way from one latent to another, a row a class or a pair of latents."""

    picture: Picture
    rows: tuple[str, ...]
    """Names of the classes; empty where the generator takes no labels."""


@dataclass(frozen=True)
class Neighbours:
    """A generated image, and after it the nearest training images."""

    label: str
    picture: Picture
    distances: tuple[float, ...]
    """Root mean square differences of pixels, in 0..255, from the nearest on."""


@dataclass(frozen=True)
class Nearest:
    """Generated images with their neighbours, and the usual distance between real images."""

    neighbours: tuple[Neighbours, ...]
    usual: float
    """Median distance of a training image to the nearest other one."""
    num_images: int


def interpolation(trained: TrainedGenerator) -> Interpolation:
    """Draws the images on great circles between latents; the rows of all classes share one circle."""
    generator = trained.generator
    names = trained.class_names[:ROWS]
    pairs = 1 if names else _PATHS
    ends = draw_latents(2 * pairs, generator.latent_dim, _SEED)
    ways = [interpolate(ends[2 * pair], ends[2 * pair + 1], _STEPS) for pair in range(pairs)]
    chosen = torch.cat(ways * max(1, len(names)))
    labels = torch.arange(len(names)).repeat_interleave(_STEPS) if names else None
    images = torch.cat(list(generate(generator, chosen, labels)))
    return Interpolation(encode(image_grid(images, _STEPS)), tuple(map(_short, names)))


def load_training_images(history: History, data_dir: Path | None) -> Tensor:
    """The images uint8 `(N, C, H, W)` that a run was trained on.

    Args:
        history: the run.
        data_dir: the folder of the data; None for the one that the run names.

    Raises:
        GanzooError: they are not at hand, or the run doesn't say what they are.
    """
    key, settings = f"dataset.{NAME}", history.settings
    if key not in settings:
        raise GanzooError(f"the configuration names no {key!r}")
    lookup.require_written_as_plugin("dataset", str(settings[key]))  # the run may be a stranger's
    plugin = lookup.find("dataset", str(settings[key]))
    settings = with_present_keys(settings, former_keys({"dataset": plugin}))
    dataset = Section("dataset", plugin, settings_from("dataset", plugin, settings))
    recorded = settings.get(f"{RUN}.data_dir")
    if data_dir is None and isinstance(recorded, str):
        data_dir = expanded(recorded)
    images: Tensor = bind_section(dataset).make(data_dir).load("train").images
    return images


def nearest(trained: TrainedGenerator, training: Tensor) -> Nearest:
    """Compares a few generated images with every training image, pixel by pixel.

    Raises:
        GanzooError: there are too few training images, or of another shape.
    """
    generator = trained.generator
    if tuple(training.shape[1:]) != generator.image.shape or len(training) <= _NEIGHBOURS:
        raise GanzooError(
            f"the data set has {len(training):,} images {'x'.join(map(str, training.shape[1:]))}, "
            f"the generator draws {generator.image}"
        )
    names = trained.class_names[:ROWS]
    count = len(names) or _SAMPLES
    labels = torch.arange(count) if names else None
    noise = draw_latents(count, generator.latent_dim, _SEED)
    drawn = torch.cat(list(generate(generator, noise, labels)))
    distances, indices = find_nearest(drawn, training, _NEIGHBOURS)
    spread = torch.linspace(0, len(training) - 1, min(_YARDSTICKS, len(training))).long()
    to_others, _ = find_nearest(training[spread], training, 2)  # the first is the image itself
    neighbours = tuple(
        Neighbours(
            _short(names[index]) if names else f"Sample {index + 1}",
            encode(image_grid(torch.cat([image[None], training[indices[index]]]), 1 + _NEIGHBOURS)),
            tuple(distances[index].tolist()),
        )
        for index, image in enumerate(drawn)
    )
    return Nearest(neighbours, to_others[:, 1].median().item(), len(training))


def find_nearest(images: Tensor, training: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """The training images that differ least from each image.

    Args:
        images: `(B, C, H, W)` uint8.
        training: `(N, C, H, W)` uint8, which may be mapped from a file.
        count: how many neighbours.

    Returns:
        Root mean square differences `(B, count)` float64, ascending, and indices `(B, count)`.
    """
    wanted = images.flatten(1).double()
    squares = wanted.square().sum(1, keepdim=True)
    best = torch.full((len(images), count), math.inf, dtype=torch.float64)
    indices = torch.zeros(len(images), count, dtype=torch.int64)
    for start in range(0, len(training), _CHUNK):
        chunk = training[start : start + _CHUNK].flatten(1).double()
        distances = squares + chunk.square().sum(1) - 2 * wanted @ chunk.T  # exact: whole numbers
        here = torch.arange(start, start + len(chunk)).expand(len(images), -1)
        candidates, places = torch.cat([best, distances], 1), torch.cat([indices, here], 1)
        best, order = candidates.topk(count, largest=False)
        indices = places.gather(1, order)
    return (best / wanted.shape[1]).sqrt(), indices


def _short(name: str) -> str:
    return printable(name, 40)
