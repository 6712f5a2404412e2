"""Samples from a .npz file, or from a folder, zip or tar of image files, read in pieces, however large."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Final

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ganzoo.class_names import find_class_of_folder
from ganzoo.errors import GanzooError
from ganzoo.evaluation.samples import Samples
from ganzoo.image_files import SUFFIXES, ImagePlace, LeftOut, Target, say
from ganzoo.image_files.arrays import DAMAGED, IMAGES, read_arrays, read_header
from ganzoo.image_files.decoding import decode, quiet
from ganzoo.image_files.formats import LOSSY
from ganzoo.image_files.threads import streamed
from ganzoo.images import Background, Fit
from ganzoo.interfaces import ImageSpec
from ganzoo.zips import open_zip

_BATCH: Final = 256
_BATCH_BYTES: Final = 64 * 2**20

_PIXELS: Final = 32_000_000
"""The most pixels of an image: a small file of a stranger's may unpack to a huge one."""

_ADVICE: Final = (
    ". Resizing would move every metric: bring them to one size first, or have them brought to it as a data "
    "set's files are, with --fit crop, pad or stretch"
)


def from_file(path: Path) -> Samples:
    """The images of a .npz as `ganzoo sample` writes it, and as `arrays` reads it.

    The file is read in pieces, however large.

    Raises:
        GanzooError: it is damaged, or is no such file.
    """
    arrays = read_arrays(path)
    shape, labels = arrays.shape, arrays.labels
    size = math.prod(shape[1:])

    def read() -> Iterator[Tensor]:
        batch = _batch(size)
        with open_zip(path) as archive, archive.open(IMAGES) as file:
            read_header(file)
            for start in range(0, shape[0], batch):
                count = min(batch, shape[0] - start)
                try:
                    data = file.read(count * size)
                except DAMAGED as error:
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
    return Samples(str(path), shape[0], None if labels is None else torch.from_numpy(labels), read, facts)


def _batch(size: int) -> int:
    """How many images of so many bytes are read at once."""
    return max(1, min(_BATCH, _BATCH_BYTES // max(1, size)))


def from_place(
    place: ImagePlace,
    class_names: Sequence[str],
    shape: ImageSpec,
    *,
    fit: Fit = "exact",
    background: Background = "white",
) -> Samples:
    """The image files of a place; where its folders are called as the classes are, with labels.

    They are read as a data set's own files are, by the same reader.

    Args:
        place: what is in it and in its subfolders is taken, in the order of the paths.
        class_names: of the real images.
        shape: of the real images.
        fit: how an image of another size is brought to it, or that it is refused.
        background: what is seen behind transparent pixels.

    Raises:
        GanzooError: it holds no images.
    """
    left_out = LeftOut()
    names = place.names(left_out)
    say(place.path, left_out)
    if not names:
        raise GanzooError(
            f"{place.path} holds no run, no checkpoint and no images ({', '.join(sorted(SUFFIXES))})"
        )
    labels = _labels_of_folders(names, class_names)
    lossy = sum(PurePosixPath(name).suffix.lower() in LOSSY for name in names)
    warnings = (
        (
            f"{lossy:,} of the images in {place.path} are in a lossy format; compression moves every metric, "
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
    return Samples(str(place.path), len(names), labels, read, facts, warnings)


def _labels_of_folders(names: Sequence[str], class_names: Sequence[str]) -> Tensor | None:
    """The class of each image: all by a class's name, else all by its number, else none.

    It is that of the outermost folder, as data sets have it, else of the innermost.
    """
    paths = [PurePosixPath(name).parts[:-1] for name in names]
    numbers = {str(number): number for number in range(len(class_names))}

    def by_name(folder: str) -> int | None:
        return find_class_of_folder(folder, class_names)

    for find in (by_name, numbers.get):
        for place in (0, -1):
            folders = [path[place] if path else "" for path in paths]
            called = {folder: find(folder) for folder in set(folders)}
            if None not in called.values():
                return torch.tensor([called[folder] for folder in folders], dtype=torch.int64)
    return None


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
