"""Data sets that torchvision knows, by their names there: read by its code, brought to one size by ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any, Final, Literal, final

import numpy as np
import torch
from PIL import Image

from ganzoo.errors import GanzooError, near_matches
from ganzoo.files import cache_folder
from ganzoo.image_files import Target, fitted, in_threads
from ganzoo.interfaces import Dataset, LabelledImages
from ganzoo_datasets.messages import require_folder, require_split

_TRAIN: Final = {"train": {"train": True}, "test": {"train": False}}
_SPLIT: Final = {"train": {"split": "train"}, "test": {"split": "test"}}
_TRAINVAL: Final = {"train": {"split": "trainval"}, "test": {"split": "test"}}


def _emnist(part: str) -> dict[str, dict[str, Any]]:
    return {split: {"split": part, **arguments} for split, arguments in _TRAIN.items()}


_SETS: Final[Mapping[str, Mapping[str, Mapping[str, Any]]]] = {
    "CIFAR10": _TRAIN, "CIFAR100": _TRAIN, "CelebA": _SPLIT, "Country211": _SPLIT, "DTD": _SPLIT,
    "EMNIST-balanced": _emnist("balanced"), "EMNIST-digits": _emnist("digits"),
    "EMNIST-letters": _emnist("letters"), "FGVCAircraft": _TRAINVAL, "FashionMNIST": _TRAIN,
    "Flowers102": _SPLIT, "Food101": _SPLIT, "GTSRB": _SPLIT, "KMNIST": _TRAIN, "MNIST": _TRAIN,
    "OxfordIIITPet": _TRAINVAL, "STL10": _SPLIT, "SVHN": _SPLIT, "USPS": _TRAIN,
}  # fmt: skip
"""Each set, and what its class in torchvision is called with for each split."""

_PROBLEMS: Final = (OSError, RuntimeError, ImportError, ValueError, LookupError, EOFError, HTTPException)
"""What torchvision answers where files are missing or damaged, or a package that it reads them with."""


@final
class Torchvision(Dataset):
    """A data set of torchvision by its name there, such as CIFAR100, SVHN, STL10 or KMNIST."""

    ganzoo_api = 1

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Which set, and the size and colour that every image is brought to."""

        set: str = "CIFAR100"
        """Its class in torchvision.datasets; of EMNIST with the part, EMNIST-letters."""

        size: int = 32
        """Side of the square images, in pixels."""

        fit: Literal["crop", "pad", "stretch"] = "crop"
        """How an image gets the size: cut, padded or stretched."""

        channels: Literal[1, 3] = 3
        """3 for colour, 1 for grey."""

        def __post_init__(self) -> None:
            if self.set not in _SETS:
                raise ValueError(
                    f"set must be one of {', '.join(_SETS)}, not {self.set!r}{near_matches(self.set, _SETS)}"
                )
            if self.size < 1:
                raise ValueError(f"size must be 1 or more pixels, not {self.size}")
            if self.channels not in (1, 3):
                raise ValueError(f"channels must be 1 (grey) or 3 (colour), not {self.channels}")

    def __init__(self, config: Config, data_dir: Path | None) -> None:
        self.config = config
        self.data_dir = data_dir

    def load(self, split: str) -> LabelledImages:
        """Reads `images (N, channels, size, size)`; without `--data-dir`, torchvision downloads them once.

        Images whose target is no class (CelebA's are forty attributes) are of a single class.

        Raises:
            UsageError: another split.
            GanzooError: the data are missing or damaged, or torchvision lacks a package to read them.
        """
        require_split(split)
        config = self.config
        target = Target(config.channels, config.size, config.size, config.fit)
        found = self._open(split)

        def read(index: int) -> tuple[np.ndarray[Any, np.dtype[np.uint8]], Any]:
            image, label = found[index]
            if not isinstance(image, Image.Image):
                raise ValueError(f"image {index} is a {type(image).__name__}")
            return fitted(image, target), label

        try:
            items = in_threads(read, range(len(found)))
        except _PROBLEMS as error:
            raise GanzooError(f"torchvision can't read its {config.set}: {error}") from error
        images = torch.from_numpy(np.stack([pixels for pixels, _ in items]))
        labels = [_class_of(label) for _, label in items]
        if None in labels:
            return LabelledImages(images, torch.zeros(len(items), dtype=torch.int64), (config.set,))
        return LabelledImages(images, torch.tensor(labels), _class_names(found, max(map(int, labels))))  # type: ignore[arg-type]

    def _open(self, split: str) -> Any:
        """Torchvision's object of the split."""
        from torchvision import datasets

        name = self.config.set
        if self.data_dir is not None:
            require_folder(self.data_dir)
        root = self.data_dir or cache_folder() / "downloads" / "torchvision"
        try:
            root.mkdir(parents=True, exist_ok=True)
            official = getattr(datasets, name.partition("-")[0])
            return official(str(root), download=self.data_dir is None, **_SETS[name][split])
        except _PROBLEMS as error:
            raise GanzooError(
                f"torchvision finds no {split} split of {name} in {root}: {error}\n"
                f"without --data-dir it downloads {name} to {cache_folder()}; with it, DIR is what "
                "torchvision calls root, the folder above its own"
            ) from error


def _class_of(label: Any) -> int | None:
    """A target as a class; None where it is something else."""
    if isinstance(label, torch.Tensor | np.ndarray):
        label = label.item() if label.ndim == 0 else None
    return int(label) if isinstance(label, int | np.integer) and label >= 0 else None


def _class_names(found: Any, highest: int) -> tuple[str, ...]:
    """The names that torchvision has for the classes, else their numbers."""
    names: Any = getattr(found, "classes", ())
    is_named = isinstance(names, list | tuple) and all(isinstance(name, str) for name in names)
    if is_named and len(set(names)) == len(names) > highest:
        return tuple(names)
    return tuple(map(str, range(highest + 1)))
