"""Pixels of every depth in 8 bits: grey of 12 or 16 bits is scaled, and a transparent colour with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image


@dataclass(frozen=True)
class Depth:
    """How the file of an image stores its pixels."""

    bits: int
    """Of one value, from 1 to 16."""
    is_inverted: bool = False
    """Whether 0 is white, and Pillow leaves it so."""


def depth_of(image: Image.Image) -> Depth:
    """The depth of an image that Pillow has opened and not yet decoded.

    Raises:
        ValueError: its pixels have no known range: they have 32 bits, a sign or a fraction.
    """
    if image.mode == "F":
        raise ValueError("its pixels are floating-point numbers; save it with 8 or 16 bits")
    tags: Any = getattr(image, "tag_v2", None)  # of a TIFF
    if tags is None:
        return Depth(_bits_of(image))
    bits, photometric, sample_formats = tags.get(258, (1,))[0], tags.get(262), tags.get(339, (1,))
    if bits > 16:
        raise ValueError("its pixels have 32 bits; save it with 8 or 16")
    if 2 in sample_formats:
        raise ValueError("its pixels are signed numbers; save it with 8 or 16 bits without a sign")
    return Depth(bits, is_inverted=photometric == 0 and image.mode.startswith("I"))


def _bits_of(image: Image.Image) -> int:
    """Bits of a value as Pillow's raw mode says: `L;2`, `I;16B`, `RGB;16B`; 8 where it says nothing."""
    if image.mode.startswith("I"):
        return 16
    tiles = getattr(image, "tile", None) or [("", None, 0, "")]
    arguments = tiles[0][3]
    raw_mode = arguments if isinstance(arguments, str) else ""
    return {"L;2": 2, "L;4": 4, "RGB;16B": 16}.get(raw_mode, 8)


def eight_bits(image: Image.Image, depth: Depth) -> Image.Image:
    """A decoded image in a mode that `convert` turns into "L" or "RGB" without loss of meaning.

    A single transparent colour, which a PNG gives in its own depth, is brought to 8 bits with the pixels:
    of 16 its upper 8 count.

    Raises:
        ValueError: a pixel is out of range.
    """
    transparent: Any = image.info.get("transparency")
    if image.mode.startswith("I"):  # Pillow would clip at 255 instead of scaling
        values = np.asarray(image).astype(np.int64)
        if values.min() < 0 or values.max() >> depth.bits:
            raise ValueError(f"its pixels exceed {depth.bits} bits; save it with 8 or 16")
        scaled = (values >> (depth.bits - 8)).astype(np.uint8)
        image = Image.fromarray(255 - scaled if depth.is_inverted else scaled)
    if isinstance(transparent, int | tuple) and image.mode in ("L", "RGB"):
        image.info["transparency"] = _colour_in_eight_bits(transparent, depth.bits)
    return image


def _colour_in_eight_bits(colour: int | tuple[int, ...], bits: int) -> int | tuple[int, ...]:
    if isinstance(colour, tuple):
        return tuple(value >> max(0, bits - 8) for value in colour)
    return colour >> (bits - 8) if bits > 8 else colour * 255 // (2**bits - 1)
