"""The data set of the short training: stripes, so that there is something to learn and nothing to bring."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch

from ganzoo.errors import UsageError
from ganzoo.interfaces import Dataset, LabelledImages

_IMAGES = 32


class Patterns(Dataset):
    """Stripes of as many widths as there are classes."""

    ganzoo_api = 1

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """The images that the model under check draws."""

        channels: int
        """Maps of an image."""
        height: int
        """In pixels."""
        width: int
        """In pixels."""
        classes: int
        """Each has a width of its stripes."""

    def __init__(self, config: Config, data_dir: Path | None) -> None:
        self.config = config

    def load(self, split: str) -> LabelledImages:
        """Stripes `(32, channels, height, width)` uint8, each at a place of its own."""
        if split != "train":
            raise UsageError(f"there is no split {split!r}")
        shape = (_IMAGES, self.config.channels, self.config.height, self.config.width)
        labels = torch.arange(_IMAGES) % self.config.classes
        numbers = torch.Generator().manual_seed(0)
        places = torch.rand(_IMAGES, 1, 1, 1, generator=numbers)
        across = torch.arange(self.config.width) / self.config.width
        waves = torch.sin(6.3 * (labels.reshape(-1, 1, 1, 1) + 1) * (across + places))
        images = (127.5 * (waves + 1)).round().to(torch.uint8).expand(shape).contiguous()
        return LabelledImages(images, labels, tuple(f"stripes {n + 1}" for n in range(self.config.classes)))
