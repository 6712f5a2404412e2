"""Files of one data set in the place of another's: MNIST, Fashion-MNIST and KMNIST call theirs alike."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

from torch import Tensor

from ganzoo.errors import GanzooError
from ganzoo_datasets.official import FAMILY

_OFFICIAL: Final = {"MNIST": "mnist", "FashionMNIST": "fashion-mnist", "KMNIST": None}
"""torchvision's classes of the family, and the data set here that reads them."""

_UNPACKED: Final = {
    "2e487a6c89124f78f2d7521542223cafe96f7123c3ca13d447772ac6ecbb3012": "FashionMNIST",
    "c867c93ff95360594e8ec3287995350b824dd110b11595c0e13d5423f621867a": "FashionMNIST",
}
"""SHA-256 of the images of train and test, however their files are packed."""


def require_own(path: Path, images: Tensor, official: str) -> None:
    """Refuses a file that is known to be another data set's. A file that nobody knows passes.

    Args:
        path: the file.
        images: `(N, 28, 28)` uint8, what it holds.
        official: torchvision's class of the data set that was asked for.

    Raises:
        GanzooError: it is another's.
    """
    found = _UNPACKED.get(hashlib.sha256(images.numpy().data).hexdigest()) or _by_archive(path, official)
    if found is not None and found != official:
        name = _OFFICIAL[found]
        remedy = f"train on it with --dataset {name}" if name else "no data set here reads it as such"
        raise GanzooError(f"{path} holds the images of torchvision's {found}, not of {official}: {remedy}")


def _by_archive(path: Path, official: str) -> str | None:
    """The class whose archive has the checksum of this one, the one that was asked for first."""
    if path.suffix != ".gz":
        return None
    with path.open("rb") as file:
        md5 = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
    for name in (official, *_OFFICIAL):
        if any(md5 == known for _, known in FAMILY[name].resources):
            return name
    return None
