"""The two ends of a scale: what a metric says of real images that it has not seen, and of noise."""

from __future__ import annotations

from typing import Final

import torch

from ganzoo.evaluation.computation import SEED
from ganzoo.interfaces import LabelledImages
from ganzoo.sampling.latents import random_numbers

NOISE: Final = 2_000
"""Images of noise: so far away that their number hardly matters."""

SCALED: Final = (
    "frechet-distance", "kernel-distance", "class-score", "precision", "recall", "density", "coverage",
    "class-accuracy",
)  # fmt: skip
"""Metrics for which both ends mean something."""


def noise(count: int, shape: tuple[int, int, int], classes: int) -> LabelledImages:
    """Random pixels `(count, channels, height, width)` uint8, with all classes in turn for labels."""
    pixels = torch.randint(
        256, (count, *shape), dtype=torch.uint8, generator=random_numbers(SEED, "noise images")
    )
    return LabelledImages(pixels, torch.arange(count) % classes, tuple(map(str, range(classes))))
