"""Hostile files in the cache, where another user can write to it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import torch
from ganzoo_datasets.folder import Folder
from ganzoo_features import classifier
from ganzoo_features.classifier import Classifier
from PIL import Image
from torch import Tensor, nn

from benchmarks.soak.hostile_files import tensor_files
from benchmarks.soak.hostile_files.fuzzing import Reader
from ganzoo.evaluation.frechet import moments
from ganzoo.evaluation.reference import real_features
from ganzoo.interfaces import Features, LabelledImages

_IMAGES = torch.arange(4 * 3 * 8 * 8, dtype=torch.int64).remainder(251).to(torch.uint8).reshape(4, 3, 8, 8)
_DATA = LabelledImages(_IMAGES, torch.tensor([0, 1, 0, 1]), ("a", "b"))


class _Means(nn.Module):
    """Features that cost nothing: the mean of each channel."""

    features = 3
    class_names = ()

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(()))

    def forward(self, images: Tensor) -> Features:
        """Maps images `(B, C, H, W)` uint8 to `(B, C)`."""
        return Features(images.float().mean((2, 3)) * self.scale, None)


def readers(folder: Path) -> list[Reader]:
    """What reads the cache."""
    pictures = folder / "pictures"
    for index, pixels in enumerate(_IMAGES.permute(0, 2, 3, 1).numpy()):
        place = pictures / "ab"[index % 2]
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.ascontiguousarray(pixels)).save(place / f"{index}.png")

    def decode() -> object:
        return Folder(Folder.Config(size=8), pictures).load("train")

    return [
        _reader("cache, features of real images", folder / "features", _features),
        _reader("cache, decoded images", folder / "decoded", decode, "decoded"),
        _reader("cache, index of image files", folder / "index", decode, "index"),
        _reader("cache, classifier", folder / "classifier", lambda: _classifier()),
    ]


def _features() -> None:
    extractor: Any = _Means()
    found = real_features(_DATA, "0" * 64, extractor, {})
    moments(found.vectors)
    if found.vectors.shape != (4, 3):
        raise AssertionError(f"features {tuple(found.vectors.shape)} were taken from the cache")


def _classifier() -> object:
    """Reads the weights of a classifier; the training that follows a refusal is no reading, and left out."""
    with torch.random.fork_rng(devices=()), patch.object(classifier, "fit"):
        return Classifier(Classifier.Config(epochs=1), lambda: _DATA)(_IMAGES)


def _reader(name: str, cache: Path, use: Callable[[], object], below: str = "") -> Reader:
    """What takes a file from the cache: the honest one is what it has written there itself, `below` where
    there are several.
    """
    with _cached_in(cache):
        use()
    (written,) = (cache / below).rglob("*.safetensors")
    file = str(written.relative_to(cache))
    depth = len(Path(file).parts)

    def read(path: Path) -> None:
        with _cached_in(path.parents[depth - 1]):
            use()

    seeds = {"its own": written.read_bytes()}
    header, _ = tensor_files.taken_apart(seeds["its own"])
    keys = tuple(key for key in ("broken", "checked") if key in header.get("__metadata__", {}))
    return Reader(name, read, file, seeds, tensor_files.mutants(seeds, keys), tensor_files.CRAFTED)


@contextmanager
def _cached_in(folder: Path) -> Iterator[None]:
    before = os.environ.get("GANZOO_CACHE")
    os.environ["GANZOO_CACHE"] = str(folder)
    try:
        yield
    finally:
        if before is None:
            del os.environ["GANZOO_CACHE"]
        else:
            os.environ["GANZOO_CACHE"] = before
