"""Data sets of unusual shape: images that are wider than high, and images with a fourth channel."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, final

import torch

from ganzoo.errors import UsageError
from ganzoo.interfaces import Dataset, LabelledImages


def bars(split: str, channels: int) -> LabelledImages:
    """Images uint8 `(128, channels, 8, 12)` with a bright bar at the left or at the right, and noise."""
    seeds = {"train": 0, "test": 1}
    if split not in seeds:
        raise UsageError(f"there is no split {split!r}: it is 'train' or 'test'")
    noise = torch.Generator().manual_seed(seeds[split])
    images = torch.randint(64, (128, channels, 8, 12), generator=noise)
    labels = torch.arange(128) % 2
    images[labels == 0, :, :, :3] += 180
    images[labels == 1, :, :, -3:] += 180
    return LabelledImages(images.to(torch.uint8), labels, ("left", "right"))


@final
class Wide(Dataset):
    """Grey images of 8 times 12 pixels."""

    ganzoo_api = 1
    image_shape: ClassVar[dict[str, int]] = {"channels": 1, "height": 8, "width": 12}

    def __init__(self, config: object, data_dir: Path | None) -> None:
        pass

    def load(self, split: str) -> LabelledImages:
        """Computes the split "train" or "test"."""
        return bars(split, 1)


@final
class WithDepth(Dataset):
    """Images of four channels, which GanZoo refuses: a picture has one or three."""

    ganzoo_api = 1

    def __init__(self, config: object, data_dir: Path | None) -> None:
        pass

    def load(self, split: str) -> LabelledImages:
        """Computes the split "train" or "test"."""
        return bars(split, 4)
