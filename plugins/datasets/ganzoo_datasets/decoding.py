"""Image files to uint8 arrays with Pillow, in threads (Pillow releases the interpreter while decoding)."""

from __future__ import annotations

import hashlib
import io
import json
import math
import os
import threading
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import PIL
import torch
from PIL import Image, ImageOps, UnidentifiedImageError
from torch import Tensor

from ganzoo.errors import GanzooError
from ganzoo.files import read_bytes
from ganzoo_datasets.cache import load_decoded, logger, store_decoded

SUFFIXES = frozenset({".bmp", ".gif", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp"})
"""Names that end so, in any case, are taken for images; everything else in a folder is ignored."""

_FORMATS = ("BMP", "GIF", "JPEG", "PNG", "PPM", "TIFF", "WEBP")
_MOST_BYTES = 300 * 10**6
"""Of a file: more than the largest image that Pillow decodes takes unpacked."""

_LARGE = 4_000_000
"""Pixels from which on an image is decoded alone: threads share the machine's memory."""

_ALONE = threading.Lock()

_FORMAT_VERSION = 1
_CHUNK = 64

_TOLD = 20
"""Broken files that are named at once."""

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


@dataclass(frozen=True)
class Target:
    """The array that every image becomes, and what to do with an image of another size."""

    channels: int
    height: int
    width: int
    resize: bool
    """True: scale to cover height x width and cut the centre out; False: another size is an error."""


def decode_files(root: Path, names: Sequence[str], target: Target) -> Tensor:
    """Decodes the files `root/name` to `(N, C, H, W)` uint8, in the order of `names`, or finds them
    decoded in the cache. Their bytes are read in either case: the key is their content.

    Raises:
        GanzooError: a file is unreadable, or files are damaged, too large or of the wrong size; names them.
    """
    digests = _in_threads(lambda name: _digest(_read(root / name)), names)
    shape = (len(names), target.channels, target.height, target.width)
    cached = load_decoded(_key(names, digests, target), shape)
    if cached is not None:
        return cached
    logger.info("decoding %s images of %s, once", f"{len(names):,}", root)
    try:
        images = torch.empty(shape, dtype=torch.uint8)
    except RuntimeError as error:
        raise GanzooError(
            f"{shape[0]:,} images of {shape[1]}x{shape[2]}x{shape[3]} take {math.prod(shape) / 1e9:,.1f} GB, "
            "more memory than there is: choose a smaller size"
        ) from error
    pixels = images.numpy()

    broken: dict[int, GanzooError] = {}

    def decode_into(index: int) -> bytes:
        path = root / names[index]
        data = _read(path)
        try:
            pixels[index] = decode(data, path, target)
        except GanzooError as error:
            broken[index] = error  # whoever has to mend one file wants to know of the others
        return _digest(data)

    with warnings.catch_warnings():
        # Set here and not per image, since filters belong to the whole process. What Pillow has to
        # say about odd metadata helps nobody; an image that claims to be gigantic is refused.
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        digests = _in_threads(decode_into, range(len(names)))
    if broken:
        raise _all_of([broken[index] for index in sorted(broken)], len(names))
    # Keyed by the bytes that were decoded, which may not be those of the first reading.
    store_decoded(_key(names, digests, target), images)
    return images


def decode(data: bytes, path: Path, target: Target) -> npt.NDArray[np.uint8]:
    """Decodes one file's bytes to `(C, H, W)` uint8; `path` is for the message.

    Photographs are turned upright; transparent pixels become white; 16 bits are cut to the upper 8.

    Raises:
        GanzooError: the image is damaged, too large or of the wrong size.
    """
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as image, _turn(image):
            ImageOps.exif_transpose(image, in_place=True)
            if not target.resize and image.size != (target.width, target.height):
                raise GanzooError(
                    f"{path} is {image.width}x{image.height} pixels; this data set has images of "
                    f"{target.width}x{target.height}. For other sizes: --dataset folder --set dataset.size=N"
                )
            pixels = _eight_bits(image)
            mode = "L" if target.channels == 1 else "RGB"
            # `convert` would copy what is in the right mode already, and images may be large.
            pixels = pixels if pixels.mode == mode else pixels.convert(mode)
            array = np.asarray(ImageOps.fit(pixels, (target.width, target.height), Image.Resampling.LANCZOS))
    except GanzooError:
        raise
    except UnidentifiedImageError as error:
        cause = f"it does not start like any of {', '.join(_FORMATS)}" if data else "it is empty"
        raise _damaged(path, cause) from error
    except Exception as error:
        # Pillow's decoders answer damaged bytes with OSError, SyntaxError, ValueError, struct.error,
        # IndexError and more; whatever it is, this file is the reason.
        raise _damaged(path, str(error) or type(error).__name__) from error
    return array.reshape(target.height, target.width, target.channels).transpose(2, 0, 1)


def _turn(image: Image.Image) -> AbstractContextManager[object]:
    """What holds back the other threads while a large image is decoded."""
    return _ALONE if image.width * image.height >= _LARGE else nullcontext()


def _eight_bits(image: Image.Image) -> Image.Image:
    """Returns the image in a mode that `convert` turns into "L" or "RGB" without loss of meaning."""
    if image.mode.startswith("I"):  # Pillow would clip at 255 instead of scaling
        values = np.asarray(image).astype(np.int64)
        if values.min() < 0 or values.max() > 0xFFFF:
            raise ValueError("its pixels have 32 bits; save it with 8 or 16")
        return Image.fromarray((values >> 8).astype(np.uint8))
    if image.mode == "F":
        raise ValueError("its pixels are floating-point numbers; save it with 8 or 16 bits")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return image


def _all_of(errors: Sequence[GanzooError], count: int) -> GanzooError:
    """One error of several."""
    if len(errors) == 1:
        return errors[0]
    more = [f"... and {len(errors) - _TOLD:,} more"] if len(errors) > _TOLD else []
    lines = [f"{len(errors):,} of {count:,} images can't be used", *map(str, errors[:_TOLD]), *more]
    return GanzooError("\n".join(lines))


def _damaged(path: Path, cause: str) -> GanzooError:
    return GanzooError(
        f"{path} cannot be decoded as an image: {cause}. Replace the file, or delete it to go on without it"
    )


def _read(path: Path) -> bytes:
    try:
        return read_bytes(path, _MOST_BYTES)
    except OSError as error:
        raise GanzooError(f"{path} cannot be read: {error.strerror or error}") from error


def _digest(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=32).digest()


def _key(names: Sequence[str], digests: Sequence[bytes], target: Target) -> str:
    settings = {"format": _FORMAT_VERSION, "pillow": PIL.__version__, **asdict(target)}
    key = hashlib.blake2b(json.dumps(settings, sort_keys=True).encode(), digest_size=32)
    for name, digest in zip(names, digests, strict=True):
        key.update(os.fsencode(name) + b"\0" + digest)
    return key.hexdigest()


def _in_threads(function: Callable[[_Item], _Result], items: Sequence[_Item]) -> list[_Result]:
    """Maps in order; the first item that fails, in that order, decides the exception."""
    chunks = [items[start : start + _CHUNK] for start in range(0, len(items), _CHUNK)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return [
            result
            for results in pool.map(lambda chunk: [*map(function, chunk)], chunks)
            for result in results
        ]
