"""DiffAugment makes of the same images and numbers what the authors' code makes, and draws as it does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from ganzoo_objectives.augmentations import DiffAugment
from safetensors.torch import load_file
from torch import Tensor


def test_images_from_the_numbers_that_the_released_code_drew(monkeypatch: pytest.MonkeyPatch) -> None:
    released = load_file(Path(__file__).parent / "data" / "diffaugment.safetensors")
    count = sum(name.startswith("drawn.") for name in released)
    left = list(range(count))

    def replay(low: int, high: int, sizes: tuple[int, ...]) -> Tensor:
        number = left.pop(0)
        assert [low, high] == released[f"bounds.{number}"].tolist(), number
        return released[f"drawn.{number}"].reshape(sizes)

    def uniform(*sizes: int, **_: Any) -> Tensor:
        return replay(0, 1, sizes)

    def whole(low: int, high: int, sizes: tuple[int, ...], **_: Any) -> Tensor:
        numbers = replay(low, high, sizes)
        return -numbers if low < 0 else numbers  # ours move an image so far, theirs see a pixel from there

    monkeypatch.setattr(torch, "rand", uniform)
    monkeypatch.setattr(torch, "randint", whole)
    augmentation = DiffAugment(DiffAugment.Config(policy=("colour", "translation", "cutout")))
    ours = augmentation(released["images"] / 127.5 - 1)
    assert not left
    torch.testing.assert_close(ours, released["augmented"], rtol=0, atol=1e-6)
