"""A run goes on with the data that it was trained on, and refuses others in words."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

TRAIN = (
    "train", "gan", "--dataset", "folder", "--data-dir", "data", "--set", "dataset.size=8", "--batch-size", 4,
    "--precision", "fp32", "--set", "model.hidden=4,", "--max-steps", 2, "--out", "run",
)  # fmt: skip


def write(folder: Path, shift: int = 0) -> None:
    folder.mkdir(parents=True)
    for number in range(6):
        pixels = np.full((8, 8, 3), 20 * number + shift, dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{number}.png")


def invert(data: Path) -> None:
    path = data / "b" / "3.png"
    with Image.open(path) as image:
        inverted = 255 - np.asarray(image)
    Image.fromarray(inverted).save(path)


def swap(data: Path) -> None:
    """As many images and classes, but one image is in the other's folder."""
    (data / "a" / "5.png").rename(data / "b" / "6.png")


def add_class(data: Path) -> None:
    shutil.copytree(data / "b", data / "c")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (invert, "trained on other images or labels, though as many"),
        (swap, "trained on other images or labels"),
        (lambda data: (data / "b").rename(data / "bee"), "other classes: ['b'] is gone and ['bee'] is new"),
        (add_class, "other classes: ['c'] is new"),
    ],
    ids=["an inverted image", "a moved image", "a renamed class", "an added class"],
)
def test_other_data_are_refused(
    change: Callable[[Path], object], said: str, ganzoo: Callable[..., Any], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("GANZOO_CACHE", str(tmp_path / "cache"))
    write(tmp_path / "data" / "a")
    write(tmp_path / "data" / "b", shift=100)
    trained = ganzoo(*TRAIN)
    assert trained.code == 0, trained.err
    change(tmp_path / "data")

    refused = ganzoo("train", "--resume", "run", "--max-steps", 4)

    assert refused.code == 1
    assert said in refused.err
    assert "give it the data that it had" in refused.err
