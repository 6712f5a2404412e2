"""An image brought to a size by a Lanczos filter: cut, padded or squeezed."""

from __future__ import annotations

from typing import Final

from PIL import Image, ImageOps

from ganzoo.images import Background, Fit

_LANCZOS: Final = Image.Resampling.LANCZOS


def resized(pixels: Image.Image, size: tuple[int, int], fit: Fit, background: Background) -> Image.Image:
    """An image in "L" or "RGB" with another width and height."""
    match fit:
        case "pad":
            return _padded(pixels, size, background)
        case "stretch":
            return pixels.resize(size, _LANCZOS)
        case _:
            return ImageOps.fit(pixels, size, _LANCZOS)


def _padded(pixels: Image.Image, size: tuple[int, int], background: Background) -> Image.Image:
    """The whole image in the middle. Pillow's own padding leaves nothing of a very wide one."""
    width, height = size
    if pixels.width * height > pixels.height * width:
        height = max(1, round(pixels.height / pixels.width * width))
    else:
        width = max(1, round(pixels.width / pixels.height * height))
    padded = Image.new(pixels.mode, size, background)
    corner = round((size[0] - width) / 2), round((size[1] - height) / 2)
    padded.paste(pixels.resize((width, height), _LANCZOS), corner)
    return padded
