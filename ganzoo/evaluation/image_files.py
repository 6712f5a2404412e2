"""Samples from a .npz file or a folder of image files, read in pieces, however large."""

from __future__ import annotations

import io
import itertools
import math
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import IO, Any, Final

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ganzoo.class_names import find_class_of_folder
from ganzoo.errors import GanzooError
from ganzoo.evaluation.samples import Samples
from ganzoo.files import require_file
from ganzoo.image_files import SUFFIXES, FolderPlace, LeftOut, Target, say
from ganzoo.image_files.decoding import decode, quiet
from ganzoo.image_files.formats import LOSSY
from ganzoo.image_files.threads import streamed
from ganzoo.images import Background, Fit
from ganzoo.interfaces import ImageSpec
from ganzoo.text import brief, printable

_DAMAGED: Final = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError)
"""What reading a damaged .npz raises: a RuntimeError where it asks for a password or an unknown method."""

_BATCH: Final = 256
_BATCH_BYTES: Final = 64 * 2**20

_HEADER: Final = 10_000
"""Bytes of an array's header, as many as numpy reads; a few dozen say all."""

_PIXELS: Final = 32_000_000
"""The most pixels of an image: a small file of a stranger's may unpack to a huge one."""

_IMAGES: Final = 10_000_000
"""The most images of a .npz; 50,000 are usual."""
_NAMES: Final = 20
"""The most arrays of a .npz that a message names."""

_ADVICE: Final = (
    ". Resizing would move every metric: bring them to one size first, or have them brought to it as a data "
    "set's files are, with --fit crop, pad or stretch"
)


def from_file(path: Path) -> Samples:
    """The images of a .npz as `ganzoo sample` writes it: `images` uint8 `(N, H, W, C)`, and `labels`.

    The file is read in pieces, however large.

    Raises:
        GanzooError: it is damaged, or is no such file.
    """
    try:
        require_file(path)
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            shape = _shape_of_images(archive, path)
            labels = _labels(archive, path, shape[0]) if "labels.npy" in names else None
    except _DAMAGED as error:
        raise GanzooError(f"{path} can't be read as a .npz: {error}") from None
    size = math.prod(shape[1:])

    def read() -> Iterator[Tensor]:
        batch = _batch(size)
        with zipfile.ZipFile(path) as archive, archive.open("images.npy") as file:
            _read_header(file)
            for start in range(0, shape[0], batch):
                count = min(batch, shape[0] - start)
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


def _batch(size: int) -> int:
    """How many images of so many bytes are read at once."""
    return max(1, min(_BATCH, _BATCH_BYTES // max(1, size)))


def _read_header(file: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
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


def _shape_of_images(archive: zipfile.ZipFile, path: Path) -> tuple[int, ...]:
    if "images.npy" not in archive.namelist():
        names = ", ".join(archive.namelist()[:_NAMES])
        raise GanzooError(f"{path} holds no array called images; it has {printable(names) or 'none'}")
    with archive.open("images.npy") as file:
        shape, is_fortran, dtype = _read_header(file)
    if is_fortran or dtype.hasobject:
        raise GanzooError(f"the images in {path} are not stored in C order")
    if dtype != np.uint8:
        raise GanzooError(
            f"the images in {path} are {dtype}, not uint8; quantise them first, as an image file would"
        )
    if len(shape) != 4 or shape[3] not in (1, 3):
        raise GanzooError(
            f"the images in {path} have the shape {shape}, not (N, H, W, C) with 1 or 3 channels"
        )
    if not 0 < shape[1] * shape[2] <= _PIXELS:
        raise GanzooError(
            f"the images in {path} are {shape[1]}x{shape[2]}; one pixel to {_PIXELS:,} can be read"
        )
    if not 0 < shape[0] <= _IMAGES:
        raise GanzooError(f"{path} says that it holds {shape[0]:,} images; 1 to {_IMAGES:,} can be read")
    return shape


def _labels(archive: zipfile.ZipFile, path: Path, count: int) -> Tensor:
    with archive.open("labels.npy") as file:
        shape, _is_fortran, dtype = _read_header(file)
        if shape != (count,) or dtype.kind not in "iu":
            raise GanzooError(f"the labels in {path} are {dtype} {shape}, not one integer an image")
        data = file.read(count * dtype.itemsize)
    if len(data) != count * dtype.itemsize:
        raise GanzooError(f"{path} is damaged: its labels end after {len(data):,} bytes")
    return torch.from_numpy(np.frombuffer(data, dtype).astype(np.int64))


def from_folder(
    folder: Path,
    class_names: Sequence[str],
    shape: ImageSpec,
    *,
    fit: Fit = "exact",
    background: Background = "white",
) -> Samples:
    """The image files of a folder; where its subfolders are called as the classes are, with labels.

    They are read as a data set's own files are, by the same reader.

    Args:
        folder: what is in it and in its subfolders is taken, in the order of the paths.
        class_names: of the real images.
        shape: of the real images.
        fit: how an image of another size is brought to it, or that it is refused.
        background: what is seen behind transparent pixels.

    Raises:
        GanzooError: it holds no images.
    """
    place, left_out = FolderPlace(folder), LeftOut()
    names = place.names(left_out)
    say(folder, left_out)
    if not names:
        raise GanzooError(
            f"{folder} holds no run, no checkpoint and no images ({', '.join(sorted(SUFFIXES))})"
        )
    labels = _labels_of_folders(names, class_names)
    lossy = sum(PurePosixPath(name).suffix.lower() in LOSSY for name in names)
    warnings = (
        (
            f"{lossy:,} of the images in {folder} are in a lossy format; compression moves every metric, "
            "save samples as PNG or .npz",
        )
        if lossy
        else ()
    )
    target = Target(*shape.shape, fit, background)

    def decoded(name: str) -> npt.NDArray[np.uint8]:
        return decode(
            place.read(name), place.called(name), target, advice=_ADVICE, most_pixels=_PIXELS
        )  # fmt: skip

    def read() -> Iterator[Tensor]:
        batch = _batch(math.prod(shape.shape))
        arrays = streamed(decoded, names, ahead=batch)
        with quiet():
            for start in range(0, len(names), batch):
                try:
                    images = [*itertools.islice(arrays, batch)]
                except GanzooError as error:
                    raise _with_others(error, names[start:], decoded) from None
                yield torch.from_numpy(np.stack(images))

    facts = {
        "seed": None,
        "labels": "none" if labels is None else "names of the subfolders",
        "quantisation": "uint8 files" + (", some lossy" if lossy else ""),
    }
    if fit != "exact":
        facts["size"] = f"{fit}, Lanczos"
    return Samples(str(folder), len(names), labels, read, facts, warnings)


def _labels_of_folders(names: Sequence[str], class_names: Sequence[str]) -> Tensor | None:
    """The class of each image by its folder: all by a class's name, else all by its number, else none."""
    folders = {name: PurePosixPath(name).parent.name for name in names}
    called = {folder: find_class_of_folder(folder, class_names) for folder in set(folders.values())}
    if None in called.values():
        numbers = {str(number): number for number in range(len(class_names))}
        called = {folder: numbers.get(folder) for folder in called}
    found = [called[folders[name]] for name in names]
    return None if None in found else torch.tensor(found, dtype=torch.int64)


def _with_others(first: GanzooError, names: Sequence[str], decoded: Callable[[str], object]) -> GanzooError:
    """The first error and those of the files after it which can't be decoded either, 20 at most."""
    errors = []
    for name in names:
        try:
            decoded(name)
        except GanzooError as error:
            errors.append(str(error))
        if len(errors) == 20:
            break
    return type(first)("\n".join(errors) or str(first))
