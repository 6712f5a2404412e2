"""Images beyond the memory are trained on from the disk: the same steps, and exact resuming."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from ganzoo.runs import checkpoints

TRAIN = (
    "train", "cgan", "--dataset", "folder", "--data-dir", "data", "--set", "dataset.size=8",
    "--batch-size", 4, "--precision", "fp32", "--set", "model.channels=4",
)  # fmt: skip


def weights(run: Path) -> dict[str, torch.Tensor]:
    return checkpoints.read_tensors(run / "checkpoints" / "step-00000006.safetensors", "generator.")


def test_steps_on_mapped_images_are_those_on_images_in_memory(
    ganzoo: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    noise = np.random.default_rng(0)
    for name in ("a", "b"):
        (tmp_path / "data" / name).mkdir(parents=True)
        for number in range(7):
            pixels = noise.integers(0, 256, (8, 8, 3), np.uint8)
            Image.fromarray(pixels).save(tmp_path / "data" / name / f"{number}.png")
    monkeypatch.setenv("GANZOO_CACHE", str(tmp_path / "memory"))
    in_memory = ganzoo(*TRAIN, "--max-steps", 6, "--out", "in-memory")
    assert in_memory.code == 0, in_memory.err
    assert "2: a 7, b 7" in in_memory.err
    monkeypatch.setenv("GANZOO_CACHE", str(tmp_path / "disk"))
    monkeypatch.setattr("ganzoo.image_files.loading._IN_MEMORY", 0)

    for arguments in ((*TRAIN, "--max-steps", 3, "--out", "mapped"),
                      ("train", "--resume", "mapped", "--max-steps", 6)):  # fmt: skip
        result = ganzoo(*arguments)
        assert result.code == 0, result.err

    expected, found = weights(tmp_path / "in-memory"), weights(tmp_path / "mapped")
    assert expected.keys() == found.keys()
    assert all(torch.equal(expected[name], found[name]) for name in expected)
