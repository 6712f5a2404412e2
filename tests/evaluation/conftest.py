"""Judging small sets of images with the features of `pixel_features.py`, in a cache of their own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor

from ganzoo.evaluation.evaluate import Evaluator
from ganzoo.evaluation.protocols import ProtocolChoices
from ganzoo.evaluation.samples import Samples
from ganzoo.evaluation.selection import select

PIXELS = f"{Path(__file__).with_name('pixel_features.py')}:Pixels"


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's cache, empty."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("GANZOO_CACHE", str(folder))
    return folder


@pytest.fixture(scope="session")
def pixels() -> str:
    """The name of the feature extractor."""
    return PIXELS


@pytest.fixture
def evaluator() -> Callable[..., Evaluator]:
    """Makes an evaluator for the digits; settings are of the features."""

    def make(features: str | None = PIXELS, split: str = "train", **settings: object) -> Evaluator:
        given = {f"features.{name}": value for name, value in settings.items()}
        return Evaluator(
            select("digits", features, given), None, ProtocolChoices(split=split), torch.device("cpu")
        )

    return make


@pytest.fixture
def images() -> Callable[..., Samples]:
    """Makes samples of images at hand."""

    def make(images: Tensor, labels: Tensor | None = None, batch_size: int = 50) -> Samples:
        return Samples(
            "the samples", len(images), labels, lambda: iter(torch.split(images, batch_size)), {"seed": None}
        )

    return make
