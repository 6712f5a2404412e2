"""What a .npz holds: `images` uint8 `(N, H, W, C)`, or `(N, H, W)` of grey ones, and `labels`."""

from __future__ import annotations

import io
import logging
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

import numpy as np
import numpy.typing as npt

from ganzoo.errors import GanzooError
from ganzoo.files import require_file
from ganzoo.text import brief, printable
from ganzoo.zips import open_zip

logger = logging.getLogger("ganzoo.datasets")

DAMAGED: Final = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError)
"""What reading a damaged .npz raises: a RuntimeError where it asks for a password or an unknown method."""

IMAGES: Final = "images.npy"

_LABELS: Final = "labels.npy"

_HEADER: Final = 10_000
"""Bytes of an array's header, as many as numpy reads; a few dozen say all."""

_PIXELS: Final = 32_000_000
"""The most pixels of an image: a small file of a stranger's may unpack to a huge one."""

_IMAGES: Final = 10_000_000
"""The most images of a .npz; 50,000 are usual."""

_NAMES: Final = 20
"""The most arrays of a .npz that a message names."""


@dataclass(frozen=True)
class Arrays:
    """What a .npz says that it holds."""

    shape: tuple[int, int, int, int]
    """`(N, H, W, C)` of its images, with 1 or 3 channels."""
    labels: npt.NDArray[np.int64] | None
    """`(N,)`; None where it has none."""


def read_arrays(path: Path) -> Arrays:
    """Looks at the headers, and reads the labels.

    Raises:
        GanzooError: it is damaged, or holds something else.
    """
    try:
        require_file(path)
        with open_zip(path) as archive:
            names = archive.namelist()
            shape = _shape_of_images(archive, path)
            if others := [name.removesuffix(".npy") for name in names if name not in (IMAGES, _LABELS)]:
                logger.warning("left out in %s: the arrays %s", path, printable(", ".join(others[:_NAMES])))
            return Arrays(shape, _labels(archive, path, shape[0]) if _LABELS in names else None)
    except DAMAGED as error:
        raise GanzooError(f"{path} can't be read as a .npz: {error}") from None


def read_header(file: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Shape, order and type of an array; the file is then at its first value.

    Raises:
        ValueError: this is no array.
    """
    version = np.lib.format.read_magic(file)
    width = 2 if version == (1, 0) else 4
    length = file.read(width)
    # Numpy would read a header of any length before it refuses it.
    if len(length) < width or int.from_bytes(length, "little") > _HEADER:
        raise ValueError("an array's header is damaged")
    head = io.BytesIO(length + file.read(int.from_bytes(length, "little")))
    reader = np.lib.format.read_array_header_1_0 if width == 2 else np.lib.format.read_array_header_2_0
    try:
        shape, is_fortran, dtype = reader(head)
    except Exception as error:  # numpy parses a literal of Python, and raises what parsing does
        raise ValueError(f"an array's header is damaged: {error}") from None
    if not all(type(side) is int and 0 <= side < 2**40 for side in shape):
        raise ValueError(f"an array has the shape {brief(shape)}")
    return shape, is_fortran, dtype


def _shape_of_images(archive: zipfile.ZipFile, path: Path) -> tuple[int, int, int, int]:
    if IMAGES not in archive.namelist():
        names = ", ".join(archive.namelist()[:_NAMES])
        raise GanzooError(f"{path} holds no array called images; it has {printable(names) or 'none'}")
    with archive.open(IMAGES) as file:
        shape, is_fortran, dtype = read_header(file)
    if is_fortran or dtype.hasobject:
        raise GanzooError(f"the images in {path} are not stored in C order")
    if dtype != np.uint8:
        raise GanzooError(
            f"the images in {path} are {dtype}, not uint8; quantise them first, as an image file would"
        )
    if len(shape) not in (3, 4) or shape[3:] not in ((), (1,), (3,)):
        raise GanzooError(
            f"the images in {path} have the shape {shape}, not (N, H, W, C) with 1 or 3 channels"
        )
    if not 0 < shape[1] * shape[2] <= _PIXELS:
        raise GanzooError(
            f"the images in {path} are {shape[1]}x{shape[2]}; one pixel to {_PIXELS:,} can be read"
        )
    if not 0 < shape[0] <= _IMAGES:
        raise GanzooError(f"{path} says that it holds {shape[0]:,} images; 1 to {_IMAGES:,} can be read")
    return shape[0], shape[1], shape[2], (*shape[3:], 1)[0]


def _labels(archive: zipfile.ZipFile, path: Path, count: int) -> npt.NDArray[np.int64]:
    with archive.open(_LABELS) as file:
        shape, _is_fortran, dtype = read_header(file)
        if shape != (count,) or dtype.kind not in "iu":
            raise GanzooError(f"the labels in {path} are {dtype} {shape}, not one integer an image")
        data = file.read(count * dtype.itemsize)
    if len(data) != count * dtype.itemsize:
        raise GanzooError(f"{path} is damaged: its labels end after {len(data):,} bytes")
    return np.frombuffer(data, dtype).astype(np.int64)
