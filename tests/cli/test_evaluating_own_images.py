"""The same image files as a data set and as samples: the distance between them is none."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.image_files.odd_images import ORIENTATIONS, exif

Ganzoo = Callable[..., Any]

PIXELS = f"{Path(__file__).parents[1] / 'evaluation/pixel_features.py'}:Pixels"
EVALUATE = ("--features", PIXELS, "--metric", "frechet-distance", "--json", "--set")


def transparent(path: Path, pixels: np.ndarray) -> None:
    alpha = np.full((*pixels.shape[:2], 1), 100, np.uint8)
    Image.fromarray(np.concatenate([pixels, alpha], axis=2)).save(path)


def turned(path: Path, pixels: np.ndarray) -> None:
    Image.fromarray(ORIENTATIONS[6](pixels).copy()).save(path, exif=exif(6))


def deep(path: Path, pixels: np.ndarray) -> None:
    Image.fromarray(pixels[:, :, 0].astype(np.uint16) * 257).save(path)


@pytest.mark.parametrize("save", [transparent, turned, deep])
def test_a_data_set_is_no_distance_from_its_own_files(
    save: Callable[[Path, np.ndarray], None], ganzoo: Ganzoo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GANZOO_CACHE", str(tmp_path / "cache"))
    (tmp_path / "own").mkdir()
    noise = np.random.default_rng(0)
    for number in range(30):
        save(tmp_path / "own" / f"{number}.png", noise.integers(0, 256, (8, 8, 3), np.uint8))

    result = ganzoo(
        "evaluate", "own", "--dataset", "folder", "--data-dir", "own", *EVALUATE, "dataset.size=8"
    )

    assert result.code == 0, result.err
    (figure,) = result.json["figures"]
    assert figure["value"] == pytest.approx(0, abs=1e-4)


def test_files_of_another_size_are_refused_with_a_way_out(
    ganzoo: Ganzoo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GANZOO_CACHE", str(tmp_path / "cache"))
    (tmp_path / "own").mkdir()
    noise = np.random.default_rng(0)
    for number in range(30):
        size = (20 + number, 30 - number // 2, 4)
        Image.fromarray(noise.integers(0, 256, size, np.uint8)).save(tmp_path / "own" / f"{number}.png")
    settings = ("dataset.size=4x8", "--set", "dataset.background=black", "--set", "dataset.fit=pad")
    command = ("evaluate", "own", "--dataset", "folder", "--data-dir", "own", *EVALUATE, *settings)

    refused, fitted = ganzoo(*command), ganzoo(*command, "--fit", "pad")

    assert refused.code == 2
    assert "0.png is 30x20 pixels; images here are 8x4, width x height" in refused.err
    assert "--fit crop, pad or stretch" in refused.err
    assert fitted.code == 0, fitted.err
    assert fitted.json["figures"][0]["value"] == pytest.approx(0, abs=1e-4)
    assert fitted.json["protocol"]["samples"]["size"] == "pad, Lanczos"
    assert ganzoo("evaluate", "own.npz", "--fit", "pad", "--dataset", "digits").code == 2


def test_what_is_no_source_of_images_is_refused_as_everywhere(
    ganzoo: Ganzoo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GANZOO_CACHE", str(tmp_path / "cache"))
    (tmp_path / "own").mkdir()
    for number in range(20):
        Image.new("RGB", (8, 8), (number, 0, 0)).save(tmp_path / "own" / f"{number}.png")
    shutil.make_archive("packed", "gztar", "own")
    os.mkfifo("pipe")
    os.mkfifo("pipe.zip")
    Path("link.npz").symlink_to("pipe")
    Path("endless.png").symlink_to("/dev/zero")
    Path("endless.safetensors").symlink_to("/dev/zero")
    data = ("--dataset", "folder", "--data-dir", "own", *EVALUATE, "dataset.size=8")

    packed = ganzoo("evaluate", "packed.tar.gz", *data)
    assert packed.code == 1
    assert packed.err.endswith(ganzoo("data", "show", "packed.tar.gz").err)
    assert "packed.tar.gz is a packed tar" in packed.err
    for name in ("pipe", "pipe.zip", "link.npz", "endless.png", "endless.safetensors"):
        refused = ganzoo("evaluate", name, *data)
        assert refused.code == 1, refused.err
        assert f"error: {name} " in refused.err or f"checkpoint {name} " in refused.err
        assert "pipe or a device" in refused.err


def test_a_cloned_repository_of_weights_is_not_a_folder_of_images(
    ganzoo: Ganzoo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GANZOO_CACHE", str(tmp_path / "cache"))
    for path in (*(f"own/{number}.png" for number in range(20)), "clone/preview.png"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        Image.new("RGB", (8, 8)).save(tmp_path / path)
    (tmp_path / "clone" / "package").mkdir()
    (tmp_path / "clone" / "package" / "weights.safetensors").write_bytes(b"not fetched")

    result = ganzoo(
        "evaluate", "clone", "--dataset", "folder", "--data-dir", "own", *EVALUATE, "dataset.size=8"
    )

    assert result.code in (1, 2)
    assert "weights.safetensors" in result.err
