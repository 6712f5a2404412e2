"""The bytes of an image file to an array: turned upright, in 8 bits, without transparency, of one size.

What is promised of every format and mode is in docs/data.md, and a test holds it.
"""

from __future__ import annotations

import io
import threading
import warnings
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from PIL import Image, UnidentifiedImageError

from ganzoo.errors import GanzooError, UsageError
from ganzoo.image_files.depths import depth_of, eight_bits
from ganzoo.image_files.formats import FORMATS, format_of
from ganzoo.image_files.resizing import resized
from ganzoo.images import Background, Fit

MOST_BYTES: Final = 300 * 10**6
"""Of a file: more than the largest image that is decoded takes unpacked."""

MOST_PIXELS: Final = 89_478_485
"""Of an image, as many as Pillow decodes without a warning: a small file may unpack to a huge one."""

_LARGE: Final = 4_000_000
"""Pixels from which on an image is decoded alone: threads share the machine's memory."""

_ALONE: Final = threading.Lock()

_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_270, 7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}  # fmt: skip
"""What makes an image upright, by its orientation in EXIF (CIPA DC-008, 4.6.4)."""


@dataclass(frozen=True)
class Target:
    """The array that every image becomes."""

    channels: int
    """3: colour, a grey image with three equal channels; 1: grey, colours by their luma (ITU-R BT.601)."""
    height: int
    width: int
    fit: Fit = "exact"
    background: Background = "white"
    """What is behind transparent pixels, and beside an image that is padded."""

    @property
    def shape(self) -> tuple[int, int, int]:
        """`(channels, height, width)`."""
        return self.channels, self.height, self.width


def decode(
    data: bytes, name: str, target: Target, *, advice: str = "", most_pixels: int = MOST_PIXELS
) -> npt.NDArray[np.uint8]:
    """Decodes one file's bytes to `(C, H, W)` uint8.

    Args:
        data: the whole file.
        name: of the file, for messages.
        target: the array that is wanted.
        advice: what to do about an image that has not the size which `target` has exactly.
        most_pixels: what a larger image is refused for, before it is decoded.

    Raises:
        UsageError: the image is of the wrong size.
        GanzooError: it is damaged or too large.
    """
    try:
        with open_image(data, most_pixels) as image, _turn(image):
            return fitted(image, target)
    except _WrongSizeError as error:
        raise UsageError(f"{name} {error}{advice}") from None
    except Exception as error:
        # Pillow's decoders answer damaged bytes with OSError, SyntaxError, ValueError, struct.error,
        # IndexError and more; whatever it is, this file is the reason.
        raise _damaged(name, cause_of(error, data)) from error


def fitted(image: Image.Image, target: Target) -> npt.NDArray[np.uint8]:
    """An image that Pillow has opened, as `(C, H, W)` uint8.

    Raises:
        ValueError: its pixels have no known range; or, where `target` fits exactly, another size.
    """
    size = (target.width, target.height)
    pixels = in_channels(
        plain(image, target.background, size if target.fit == "exact" else None), target.channels
    )
    array = np.asarray(
        pixels if pixels.size == size else resized(pixels, size, target.fit, target.background)
    )
    return array.reshape(target.height, target.width, target.channels).transpose(2, 0, 1)


def in_channels(image: Image.Image, channels: int) -> Image.Image:
    """The image in one channel, grey, or three: itself where it has them, since it may be large."""
    mode = "L" if channels == 1 else "RGB"
    return image if image.mode == mode else image.convert(mode)


class _WrongSizeError(ValueError):
    """Completes "the file ..."."""


def read_image(data: bytes, name: str, *, formats: Sequence[str] = FORMATS, most_pixels: int) -> Image.Image:
    """Decodes one file's bytes to an image in "L" or "RGB", by the same rules, of the size that it has.

    Raises:
        GanzooError: it is damaged, too large or of another format.
    """
    try:
        with quiet(), open_image(data, most_pixels, formats) as image:
            pixels = plain(image)
            return pixels.copy() if pixels.mode in ("L", "RGB") else pixels.convert("RGB")
    except Exception as error:
        raise _damaged(name, cause_of(error, data)) from error


def measure(data: bytes, name: str) -> tuple[int, int]:
    """Height and width of an image, upright.

    Raises:
        GanzooError: it is damaged or too large.
    """
    try:
        with open_image(data, MOST_PIXELS) as image:
            pixels = upright(image)
            return pixels.height, pixels.width
    except Exception as error:
        raise _damaged(name, cause_of(error, data)) from error


def open_image(data: bytes, most_pixels: int, formats: Sequence[str] = FORMATS) -> Image.Image:
    """Opens an image undecoded; `quiet` must be around it.

    Raises:
        TooManyPixelsError: it is refused undecoded. Pillow raises other errors of damaged headers.
    """
    try:
        image = Image.open(io.BytesIO(data), formats=tuple(formats))
    except Image.DecompressionBombError:
        raise _too_large(most_pixels) from None
    if image.width * image.height > most_pixels:
        raise _too_large(most_pixels)
    return image


def quiet() -> AbstractContextManager[object]:
    """What Pillow has to say about odd metadata helps nobody, and the limit of pixels is ours.

    Set around many images, not each, since filters belong to the whole process.
    """
    return warnings.catch_warnings(action="ignore")


class TooManyPixelsError(ValueError):
    """Of a file that may be a bomb."""


def _too_large(most_pixels: int) -> TooManyPixelsError:
    return TooManyPixelsError(
        f"it has more than {most_pixels:,} pixels, which exceeds limits that protect the memory"
    )


def _turn(image: Image.Image) -> AbstractContextManager[object]:
    """What holds back the other threads while a large image is decoded."""
    return _ALONE if image.width * image.height >= _LARGE else nullcontext()


def plain(
    image: Image.Image, background: Background = "white", size: tuple[int, int] | None = None
) -> Image.Image:
    """An image that Pillow has opened, upright, opaque and in 8 bits; its mode is left to `convert`.

    Raises:
        _WrongSizeError: its width and height are not `size`, where that is given.
        ValueError: its pixels have no known range.
    """
    depth = depth_of(image)
    image = upright(image)
    if size is not None and image.size != size:
        raise _WrongSizeError(
            f"is {image.width}x{image.height} pixels; images here are {size[0]}x{size[1]}, width x height"
        )
    image = eight_bits(image, depth)
    if image.has_transparency_data:
        image = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", image.size, background), image)
    return image


def orientation(image: Image.Image) -> int:
    """How an opened image lies, as EXIF counts: 1 is upright, also where the data are damaged."""
    try:
        value = image.getexif().get(0x0112, 1)
    except Exception:  # Pillow's answers to damaged data are many, and they are no reason to refuse the image
        return 1
    return value if value in _TURNS else 1


def upright(image: Image.Image) -> Image.Image:
    """The image decoded, and turned as its EXIF data say."""
    image.load()  # turns a TIFF
    turn = _TURNS.get(orientation(image))
    return image if turn is None else image.transpose(turn)


def cause_of(error: Exception, data: bytes) -> str:
    """Why Pillow can't read the bytes of a file, in words; `error` is its answer."""
    if not isinstance(error, UnidentifiedImageError):
        return str(error) or type(error).__name__
    if not data:
        return "it is empty"
    known = format_of(data)
    if known is not None and known not in FORMATS:
        return f"it is a {known} picture, whatever its name ends in; convert it to JPEG or PNG"
    return f"it does not start like any of {', '.join(FORMATS)}"


def _damaged(name: str, cause: str) -> GanzooError:
    return GanzooError(
        f"{name} cannot be decoded as an image: {cause}. Replace the file, or delete it to go on without it"
    )
