"""Random pixels in the shape of CIFAR-10: the time of a training step does not depend on their values."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import final

import torch

from ganzoo.interfaces import Dataset, LabelledImages


@final
class NoiseImages(Dataset):
    """Random pixels, as many images as CIFAR-10 has."""

    ganzoo_api = 1

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Settings of the random pixels."""

        count: int = 50_000
        """Images."""

    def __init__(self, config: Config, data_dir: Path | None) -> None:
        self._count = config.count

    def load(self, split: str) -> LabelledImages:
        """Draws `images (N, 3, 32, 32)`, the same every time."""
        generator = torch.Generator().manual_seed(0)
        shape = (self._count, 3, 32, 32)
        images = torch.randint(0, 256, shape, dtype=torch.uint8, generator=generator)
        return LabelledImages(images, torch.arange(self._count) % 10, tuple("0123456789"))
