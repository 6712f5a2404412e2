"""Pictures of a user's, read as images of a generator's size."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor

from ganzoo.errors import UsageError
from ganzoo.files import read_bytes
from ganzoo.image_files.decoding import MOST_PIXELS, cause_of, in_channels, open_image, plain, quiet
from ganzoo.interfaces import ImageSpec
from ganzoo.text import printable

_MOST: Final = 2**28
"""Bytes of a picture's file."""


def read_picture(path: Path, image: ImageSpec, *, resizes: bool) -> tuple[Tensor, bool]:
    """Reads a picture, grey where the image is.

    Args:
        path: of a format that data sets are read from, and read as they are.
        image: the size that it has to have.
        resizes: whether another one is cut to the image's proportions, around its middle, and scaled.

    Returns:
        uint8 `(C, H, W)`, and whether it was resized.

    Raises:
        UsageError: it can't be read, or has another size.
    """
    try:
        data = read_bytes(path, _MOST)
    except OSError as error:
        raise UsageError(f"{path} can't be read as a picture: {error.strerror or error}") from None
    try:
        with quiet(), open_image(data, MOST_PIXELS) as opened:
            picture = in_channels(plain(opened), image.channels)
    except Exception as error:  # of a damaged picture nearly anything comes
        reason = printable(cause_of(error, data), 300)
        raise UsageError(f"{path} can't be read as a picture: {reason}") from None
    size = image.width, image.height
    is_other = picture.size != size
    if is_other and not resizes:
        raise UsageError(
            f"{path} is {picture.width} pixels wide and {picture.height} high, and the generator draws "
            f"{image.width} by {image.height}\n--resize cuts it to those proportions and scales it"
        )
    if is_other:
        picture = ImageOps.fit(picture, size, Image.Resampling.LANCZOS)
    pixels = np.asarray(picture).reshape(image.height, image.width, image.channels)
    return torch.from_numpy(pixels.copy()).permute(2, 0, 1), is_other
