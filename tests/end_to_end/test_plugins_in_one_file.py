"""The examples in one file: each keeps the promises of its kind, and does what it is for."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from ganzoo.runs import checkpoints
from ganzoo.testing import check_plugin

FOLDER = Path(__file__).resolve().parents[2] / "examples" / "in-one-file"
PLUGINS = {
    "split_latents.py:SplitLatents": "model",
    "lecam.py:LeCam": "objective",
    "zipped.py:Zipped": "dataset",
    "shapes.py:Wide": "dataset",
    "thumbnail.py:Thumbnail": "feature-extractor",
    "code_reading.py:CodeReading": "model",
    "matching.py:Matching": "objective",
    "lion.py:Lion": "optimizer",
    "neighbours.py:Neighbours": "metric",
    "diary.py:Diary": "tracker",
    "arrays.py:Arrays": "exporter",
}
SPLIT, LECAM, ZIPPED, WIDE, THUMBNAIL, READING, MATCHING, LION, NEIGHBOURS, DIARY, ARRAYS = (
    str(FOLDER / name) for name in PLUGINS
)


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """A zip of grey pictures, 8 of each of two classes in either split."""
    path = tmp_path / "images.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for split in ("train", "test"):
            for index in range(16):
                file = io.BytesIO()
                Image.new("L", (8, 8), 15 * index + (split == "test")).save(file, "PNG")
                archive.writestr(f"{split}/{'dark' if index < 8 else 'light'}/{index}.png", file.getvalue())
    return path


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.py")), ids=lambda path: path.name)
def test_an_example_is_short(path: Path) -> None:
    lines = [line for line in path.read_text("utf-8").splitlines() if line.strip()]
    assert len(lines) <= 60


@pytest.mark.slow
@pytest.mark.usefixtures("forked_imports")
@pytest.mark.parametrize(("name", "kind"), [item for item in PLUGINS.items() if item[1] != "model"])
def test_an_example_conforms(name: str, kind: str, pictures: Path) -> None:
    data_dir = pictures if name.startswith("zipped") else None
    check_plugin(str(FOLDER / name), kind, data_dir=data_dir, quick=True).require_passed()


@pytest.mark.slow
def test_they_train_draw_and_judge_together(
    ganzoo: Callable[..., Any], pictures: Path, tmp_path: Path
) -> None:
    train = ["train", SPLIT, "--dataset", WIDE, "--objective", LECAM]
    assert ganzoo(*train, "--max-steps", "4", "--out", "whole").code == 0
    assert ganzoo(*train, "--max-steps", "2", "--out", "parts").code == 0
    assert ganzoo("train", "--resume", "parts", "--max-steps", "4").code == 0
    whole, parts = (
        checkpoints.read_tensors(tmp_path / run / "checkpoints" / "step-00000004.safetensors")
        for run in ("whole", "parts")
    )
    assert whole["objective.real_mean"] != 0
    assert all(torch.equal(whole[name], parts[name]) for name in whole)

    assert ganzoo("sample", "whole", "--num", "4", "--out", "plain.png").code == 0
    with Image.open(tmp_path / "plain.png") as image:
        assert image.width > image.height
    assert ganzoo("sample", "whole", "--num", "4", "--truncation", "0", "--out", "mean.npz").code == 0
    beyond = ganzoo("sample", "whole", "--truncation", "2")
    assert (beyond.code, "from 0 to 1, not 2.0" in beyond.err) == (2, True)
    judged = ganzoo("evaluate", "whole", "--features", THUMBNAIL, "--num", "64")
    assert judged.code == 0, judged.err
    assert "pixels of a thumbnail" in judged.out + judged.err

    reading = ["train", READING, "--dataset", WIDE, "--objective", MATCHING, "--optimizer", LION]
    followed = ["--tracker", DIARY, "--set", "run.log_every=1", "--max-steps", "2", "--out", "read"]
    assert ganzoo(*reading, *followed).code == 0
    diary = (tmp_path / "read" / "diary" / "README.md").read_text("utf-8")
    assert "](step-00000002.png)" in diary
    assert "generator_loss" in diary
    assert diary.rstrip().endswith("It finished.")
    named = ["--metric", NEIGHBOURS, "--set", "metric.neighbours.rank=2", "--num", "64"]
    near = ganzoo("evaluate", "read", "--features", THUMBNAIL, *named)
    assert near.code == 0, near.err
    assert "rank=2" in near.out
    exported = ganzoo("export", "read", "--format", ARRAYS, "--out", "g.npz")
    assert exported.code == 0, exported.err
    with np.load(tmp_path / "g.npz") as arrays:
        assert "layers.0.weight" in arrays.files
        assert json.loads(arrays["facts"].item())["ganzoo.latent_dim"] == "32"

    of_zip = [
        "train",
        SPLIT,
        "--dataset",
        ZIPPED,
        "--data-dir",
        pictures,
        "--batch-size",
        "8",
        "--max-steps",
        "1",
    ]
    assert ganzoo(*of_zip, "--out", "zip").code == 0
    four = ganzoo("train", SPLIT, "--dataset", FOLDER / "shapes.py:WithDepth", "--max-steps", "1")
    assert four.code == 2
    assert "images have 1 (grey) or 3 (colour) channels, not 4" in four.err
