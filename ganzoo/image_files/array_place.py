"""The images of a .npz as files: each goes to the one reader as a PPM, which is its pixels as they are."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import IO, Any, Final

import numpy as np
import numpy.typing as npt

from ganzoo.errors import GanzooError, UsageError
from ganzoo.files import cache_folder
from ganzoo.image_files.arrays import DAMAGED, IMAGES, Arrays, read_arrays, read_header
from ganzoo.image_files.decoding import MOST_BYTES
from ganzoo.image_files.layout import Layout
from ganzoo.image_files.left_out import LeftOut
from ganzoo.image_files.places import stamps_of_parts
from ganzoo.zips import open_zip

_MOST_CLASSES: Final = 2**20

_ALWAYS_ALLOWED: Final = 64 * 2**20
_EXPANSION_LIMIT: Final = 50
"""Bytes that images may unpack to however small the file is, and how many times its size otherwise."""


class ArrayPlace:
    """A .npz. The image of a row is called by its number, and its class by the number in `labels`.

    Raises:
        GanzooError: it is damaged, or holds something else.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._arrays: Arrays = read_arrays(path)

    @cached_property
    def _pixels(self) -> npt.NDArray[np.uint8]:
        """`(N, H, W, C)`, mapped from a copy on the cache's disk: what is packed can't be read at random."""
        try:
            with (
                open_zip(self.path) as archive,
                archive.open(IMAGES) as file,
                _scratch_file() as unpacked,
            ):
                read_header(file)
                size = math.prod(self._arrays.shape)
                self._require_expected(size)
                for piece in iter(lambda: file.read(min(2**20, size - unpacked.tell())), b""):
                    unpacked.write(piece)
                unpacked.flush()
                pixels: Any = np.memmap(unpacked, np.uint8, "r", shape=self._arrays.shape)
                return pixels  # type: ignore[no-any-return]
        except DAMAGED as error:
            raise GanzooError(f"{self.path} is damaged, or {cache_folder()} has no room: {error}") from None

    def _require_expected(self, size: int) -> None:
        """Refuses a bomb before it fills the disk of the cache.

        Raises:
            ValueError: the file unpacks to so many bytes, far more than it has.
        """
        packed = self.path.stat().st_size
        if size > max(_ALWAYS_ALLOWED, _EXPANSION_LIMIT * packed):
            raise ValueError(f"it unpacks to {size:,} bytes from {packed:,}")

    def names(self, left_out: LeftOut) -> list[str]:
        """See `ImagePlace`."""
        return [f"{number:08}.ppm" for number in range(self._arrays.shape[0])]

    def read(self, name: str, most: int = MOST_BYTES) -> bytes:
        """See `ImagePlace`."""
        _, height, width, channels = self._arrays.shape
        kind = "P6" if channels == 3 else "P5"
        pixels: bytes = self._pixels[_number(name)].tobytes()
        return f"{kind}\n{width} {height}\n255\n".encode() + pixels

    def stamps(self, names: Sequence[str]) -> npt.NDArray[np.int64]:
        """See `ImagePlace`: those of the file, with the number of each image."""
        return stamps_of_parts(self.path, [_number(name) for name in names])

    def has(self, name: str) -> bool:
        """See `ImagePlace`."""
        return False

    def called(self, name: str) -> str:
        """See `ImagePlace`."""
        return f"image {_number(name):,} of {self.path}"

    def layout(self, split: str, listed: Sequence[str] | None) -> Layout:
        """See `LabelledPlace`.

        Raises:
            UsageError: another split than "train".
            GanzooError: a label is no class.
        """
        if split != "train":
            raise UsageError(f"{self.path} has no {split} split: a .npz holds one")
        names, labels = tuple(self.names(LeftOut())), self._arrays.labels
        if labels is None:
            return Layout(names, (0,) * len(names), (self.path.stem or "images",))
        return by_number(self.path, names, labels.tolist(), listed)


def by_number(
    place: Path, names: Sequence[str], labels: Sequence[int], listed: Sequence[str] | None
) -> Layout:
    """Images whose classes are numbers: they are called as listed, else by their numbers.

    Raises:
        GanzooError: a number is no class, or too few are listed.
    """
    wrong = next((label for label in labels if not 0 <= label < _MOST_CLASSES), None)
    if wrong is not None:
        raise GanzooError(f"{place} has the label {wrong}, which is no class: classes are 0, 1, 2 and so on")
    count = max(labels, default=0) + 1
    if listed is not None and len(listed) < count:
        raise GanzooError(f"{place} has labels up to {count - 1:,}, and its classes are {len(listed):,}")
    return Layout(tuple(names), tuple(labels), tuple(listed) if listed else tuple(map(str, range(count))))


def _scratch_file() -> IO[bytes]:
    """On the cache's disk, else where the system has such files."""
    try:
        cache_folder().mkdir(parents=True, exist_ok=True)
        return tempfile.TemporaryFile(dir=cache_folder())
    except OSError:
        return tempfile.TemporaryFile()


def _number(name: str) -> int:
    return int(name.partition(".")[0])
