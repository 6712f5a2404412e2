"""Images that teach a network nothing, or that no metric was made for."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

Pixels = np.ndarray[Any, np.dtype[np.uint8]]


def _noise(count: int, generator: np.random.Generator) -> Pixels:
    return generator.integers(0, 256, (count, 8, 8), dtype=np.uint8)


def make_folders(folder: Path) -> list[list[str]]:
    """Writes data sets of 8x8 grey images, and gives the options that name each: `digits` is among them."""
    generator = np.random.default_rng(0)
    sets = {
        "one-image": (_noise(1, generator), 1),
        "one-class": (_noise(40, generator), 1),
        "two-classes": (_noise(80, generator), 2),
        "one-a-class": (_noise(12, generator), 12),
        "equal": (np.repeat(_noise(1, generator), 80, axis=0), 2),
        "black": (np.zeros((80, 8, 8), np.uint8), 2),
        "white": (np.full((80, 8, 8), 255, np.uint8), 2),
        "unequal-classes": (_noise(81, generator), 80),
    }
    options = [["--dataset", "digits"]]
    for name, (images, classes) in sets.items():
        for number, image in enumerate(images):
            path = folder / name / "train" / f"class-{number % classes}" / f"{number}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(image).save(path)
        shape = ["--set=dataset.size=8", "--set=dataset.channels=1"]
        options.append(["--dataset", "folder", "--data-dir", str(folder / name), *shape])
    return options


def samples(dice: random.Random, generator: np.random.Generator) -> tuple[str, Pixels, Any]:
    """A name, images `(N, 8, 8, 1)` uint8, and labels `(N,)` or None."""
    count = dice.choice((0, 1, 2, 19, 20, 21, 60, 300))
    images = {
        "noise": _noise(count, generator),
        "equal": np.repeat(_noise(1, generator), count, axis=0),
        "black": np.zeros((count, 8, 8), np.uint8),
        "white": np.full((count, 8, 8), 255, np.uint8),
        "two images": _noise(2, generator)[generator.integers(0, 2, count)],
        "0 and 1": generator.integers(0, 2, (count, 8, 8), dtype=np.uint8),
    }
    kind = dice.choice(sorted(images))
    labels = {
        "none": None,
        "all alike": np.zeros(count, np.int64),
        "two": np.arange(count) % 2,
        "many": np.arange(count),
        "negative": np.full(count, -1),
        "huge": np.full(count, 2**63, np.uint64),
    }
    labelled = dice.choice(sorted(labels))
    return f"{count} samples, {kind}, labels {labelled}", images[kind][..., None], labels[labelled]
