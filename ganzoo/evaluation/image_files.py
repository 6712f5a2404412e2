"""Samples from a .npz file or a folder of image files, read in pieces, however large."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any, Final

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from ganzoo.errors import GanzooError, UsageError
from ganzoo.evaluation.samples import Samples

_DAMAGED: Final = (zipfile.BadZipFile, zlib.error, EOFError, OSError)
"""What reading a damaged .npz raises."""

_BATCH: Final = 256
_SUFFIXES: Final = {".bmp", ".jpeg", ".jpg", ".png", ".ppm", ".tif", ".tiff", ".webp"}
_LOSSY: Final = {".jpeg", ".jpg", ".webp"}


def from_file(path: Path) -> Samples:
    """The images of a .npz as `ganzoo sample` writes it: `images` uint8 `(N, H, W, C)`, and `labels`.

    The file is read in pieces, however large.

    Raises:
        GanzooError: it is damaged, or is no such file.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            shape, dtype = _header(archive, "images.npy", path)
            labels = _labels(archive, path, shape[0]) if "labels.npy" in names else None
    except (*_DAMAGED, ValueError) as error:
        raise GanzooError(f"{path} can't be read as a .npz: {error}") from None
    if dtype != np.uint8:
        raise GanzooError(
            f"the images in {path} are {dtype}, not uint8; quantise them first, as an image file would"
        )
    if len(shape) != 4 or shape[3] not in (1, 3):
        raise GanzooError(
            f"the images in {path} have the shape {shape}, not (N, H, W, C) with 1 or 3 channels"
        )

    def read() -> Iterator[Tensor]:
        size = shape[1] * shape[2] * shape[3]
        with zipfile.ZipFile(path) as archive, archive.open("images.npy") as file:
            _read_header(file)
            for start in range(0, shape[0], _BATCH):
                count = min(_BATCH, shape[0] - start)
                try:
                    data = file.read(count * size)
                except _DAMAGED as error:
                    raise GanzooError(f"{path} is damaged: {error}") from None
                if len(data) != count * size:
                    raise GanzooError(f"{path} is damaged: it ends after {start:,} images")
                array = np.frombuffer(data, np.uint8).reshape(count, *shape[1:])
                yield torch.from_numpy(array.transpose(0, 3, 1, 2).copy())

    facts = {
        "seed": None,
        "labels": "none" if labels is None else "of the file",
        "quantisation": "uint8 file",
    }
    return Samples(str(path), shape[0], labels, read, facts)


def _read_header(file: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    version = np.lib.format.read_magic(file)
    reader = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, is_fortran, dtype = reader(file)
    return shape, is_fortran, dtype


def _header(archive: zipfile.ZipFile, name: str, path: Path) -> tuple[tuple[int, ...], np.dtype[Any]]:
    if name not in archive.namelist():
        raise GanzooError(f"{path} holds no array called images; it has {', '.join(archive.namelist())}")
    with archive.open(name) as file:
        shape, is_fortran, dtype = _read_header(file)
    if is_fortran or dtype.hasobject:
        raise GanzooError(f"the images in {path} are not stored in C order")
    return shape, dtype


def _labels(archive: zipfile.ZipFile, path: Path, count: int) -> Tensor:
    with archive.open("labels.npy") as file:
        labels = np.lib.format.read_array(file, allow_pickle=False)
    if labels.shape != (count,) or labels.dtype.kind not in "iu":
        raise GanzooError(f"the labels in {path} are {labels.dtype} {labels.shape}, not one integer an image")
    return torch.from_numpy(labels.astype(np.int64))


def from_folder(folder: Path, class_names: Sequence[str]) -> Samples:
    """The image files of a folder; where its subfolders are called as the classes are, with labels.

    Raises:
        GanzooError: it holds no images.
    """
    paths = sorted(p for p in folder.rglob("*") if p.suffix.lower() in _SUFFIXES and p.is_file())
    if not paths:
        raise GanzooError(
            f"{folder} holds no run, no checkpoint and no images ({', '.join(sorted(_SUFFIXES))})"
        )
    numbers = {name.replace("/", "_").lower(): number for number, name in enumerate(class_names)}
    numbers |= {str(number): number for number in numbers.values()}
    found = [numbers.get(path.parent.name.lower()) for path in paths]
    labels = None if None in found else torch.tensor(found, dtype=torch.int64)
    lossy = sum(path.suffix.lower() in _LOSSY for path in paths)
    warnings = (
        (
            f"{lossy:,} of the images in {folder} are in a lossy format; compression moves every metric, "
            "save samples as PNG or .npz",
        )
        if lossy
        else ()
    )

    def read() -> Iterator[Tensor]:
        for start in range(0, len(paths), _BATCH):
            arrays = [_decoded(path) for path in paths[start : start + _BATCH]]
            if len({array.shape for array in arrays}) > 1:
                raise UsageError(f"the images in {folder} are of several sizes; bring them to one first")
            yield torch.from_numpy(np.stack(arrays))

    facts = {
        "seed": None,
        "labels": "none" if labels is None else "names of the subfolders",
        "quantisation": "uint8 files" + (", some lossy" if lossy else ""),
    }
    return Samples(str(folder), len(paths), labels, read, facts, warnings)


def _decoded(path: Path) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """One file as `(C, H, W)` uint8."""
    try:
        with Image.open(path) as image:
            array = np.asarray(image if image.mode in ("L", "RGB") else image.convert("RGB"))
    except (OSError, SyntaxError, ValueError) as error:
        raise GanzooError(f"{path} can't be decoded as an image: {error}") from None
    return array[None] if array.ndim == 2 else np.ascontiguousarray(array.transpose(2, 0, 1))
