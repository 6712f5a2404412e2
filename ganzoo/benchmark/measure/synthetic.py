"""Images made of noise: a data set that costs a training as much as a real one of its size."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import final

import torch

from ganzoo.errors import UsageError
from ganzoo.interfaces import Dataset, LabelledImages


@final
class SyntheticImages(Dataset):
    """Random pixels in random classes, the same in every process."""

    ganzoo_api = 1

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Settings of the data set."""

        channels: int = 3
        """1 is grey, 3 is colour."""

        height: int = 32
        """Pixels."""

        width: int = 32
        """Pixels."""

        classes: int = 10
        """Number of classes."""

        count: int = 512
        """Number of images."""

    def __init__(self, config: Config, _data_dir: Path | None) -> None:
        self._config = config

    def load(self, split: str) -> LabelledImages:
        """Draws images `(N, C, H, W)` uint8 and labels `(N,)` int64."""
        if split not in ("train", "test"):
            raise UsageError(f"there is no split {split!r}; allowed: train, test")
        config = self._config
        generator = torch.Generator().manual_seed(0)
        shape = config.count, config.channels, config.height, config.width
        return LabelledImages(
            torch.randint(256, shape, dtype=torch.uint8, generator=generator),
            torch.randint(config.classes, (config.count,), generator=generator),
            tuple(str(number) for number in range(config.classes)),
        )
