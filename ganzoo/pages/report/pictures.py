"""The pictures that a page holds itself: checked, packed without loss, and written as data URIs."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL import Image

from ganzoo.errors import GanzooError
from ganzoo.files import read_bytes
from ganzoo.image_files.decoding import MOST_BYTES, TooManyPixelsError, read_image

PIXELS: Final = 32_000_000
"""The most pixels of a picture: a small file of a stranger's may unpack to a huge one."""


@dataclass(frozen=True)
class Picture:
    """A picture that a page holds itself."""

    uri: str
    """`data:image/webp;base64,...`"""
    width: int
    height: int


def encode(image: Image.Image) -> Picture:
    """Packs an image as lossless WebP, about two thirds of a PNG's size, which every browser shows."""
    buffer = io.BytesIO()
    image.convert("RGB").save(buffer, format="WEBP", lossless=True, quality=50, method=3)
    text = base64.b64encode(buffer.getvalue()).decode("ascii")
    return Picture(f"data:image/webp;base64,{text}", image.width, image.height)


def read(path: Path) -> Picture:
    """Reads a PNG; what the page gets is packed anew and holds pixels only.

    Raises:
        GanzooError: the file is no PNG, is damaged or too large, or is a link to somewhere else.
    """
    if path.is_symlink():
        raise GanzooError(f"{path.name} is a link and is left out")
    try:
        data = read_bytes(path, MOST_BYTES)
    except OSError:
        raise GanzooError(f"{path.name} is left out: it is no whole PNG") from None
    try:
        return encode(read_image(data, path.name, formats=["PNG"], most_pixels=PIXELS))
    except GanzooError as error:
        is_large = isinstance(error.__cause__, TooManyPixelsError)
        cause = f"it has more than {PIXELS:,} pixels" if is_large else "it is no whole PNG"
        raise GanzooError(f"{path.name} is left out: {cause}") from None
