"""Which files are images, told by their endings and, where those say nothing, by their first bytes."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Callable
from typing import Final, Literal

_HAS_AVIF: Final = importlib.util.find_spec("PIL._avif") is not None

FORMATS: Final = ("BMP", "GIF", "JPEG", "PNG", "PPM", "TIFF", "WEBP", *(("AVIF",) if _HAS_AVIF else ()))
"""What Pillow may take a file for; it knows formats that start other programs."""

SUFFIXES: Final = frozenset({
    ".bmp", ".gif", ".jfif", ".jpe", ".jpeg", ".jpg", ".pbm", ".pgm", ".png", ".pnm", ".ppm", ".tif", ".tiff",
    ".webp", *((".avif",) if _HAS_AVIF else ()),
})  # fmt: skip
"""Files whose names end so, in any case, are taken for images, and have to be some."""

_FOREIGN_SUFFIXES: Final = frozenset({
    ".arw", ".avif", ".cr2", ".cr3", ".dng", ".exr", ".hdr", ".heic", ".heif", ".hif", ".j2k", ".jp2", ".jxl",
    ".nef", ".orf", ".psd", ".raf", ".rw2", ".svg", ".xcf",
}) - SUFFIXES  # fmt: skip
"""Endings of pictures that are not decoded."""

_IMAGES: Final = tuple(SUFFIXES)
_FOREIGN: Final = tuple(_FOREIGN_SUFFIXES)
_LONGEST: Final = max(map(len, _IMAGES + _FOREIGN))

LOSSY: Final = frozenset({".avif", ".jfif", ".jpe", ".jpeg", ".jpg", ".webp"})
"""Endings of formats that usually lose something."""

HEAD: Final = 32
"""Bytes of a file that tell what it is."""

_BEGINNINGS: Final = (
    (re.compile(rb"\xff\xd8\xff"), "JPEG"),
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "PNG"),
    (re.compile(rb"GIF8[79]a"), "GIF"),
    (re.compile(rb"II\*\0|MM\0\*"), "TIFF"),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), "WEBP"),
    (re.compile(rb"BM....\0\0\0\0....[\x0c\x28\x34\x38\x40\x6c\x7c]\0\0\0", re.DOTALL), "BMP"),
    (re.compile(rb"P[1-6]\s+([0-9]+\s+[0-9]|#)"), "PPM"),
    (re.compile(rb"....ftypavi[fs]", re.DOTALL), "AVIF"),
    (re.compile(rb"....ftyp(hei|hev|mif1|msf1)", re.DOTALL), "HEIC"),
    (re.compile(rb"\xff\x0a|\0\0\0\x0cJXL "), "JPEG XL"),
    (re.compile(rb"\0\0\0\x0cjP  |\xff\x4f\xff\x51"), "JPEG 2000"),
    (re.compile(rb"8BPS"), "Photoshop"),
)  # fmt: skip

Kind = Literal["image", "foreign", "other"]
"""An image that is read, a picture of a format that isn't, or no picture."""


def format_of(head: bytes) -> str | None:
    """The format that a file's first bytes say it has: "JPEG", or "HEIC", which is not read; None: none."""
    return next((name for beginning, name in _BEGINNINGS if beginning.match(head)), None)


def kind_by_name(name: str) -> Kind | None:
    """What a file is by its ending; None where that doesn't tell."""
    ending = name[-_LONGEST:].lower()  # a PurePosixPath takes twenty times as long
    return "image" if ending.endswith(_IMAGES) else "foreign" if ending.endswith(_FOREIGN) else None


def kind_of(name: str, head: Callable[[], bytes]) -> Kind:
    """What a file is by its ending or, where that doesn't tell, by its first bytes: what `head` gives."""
    return kind_by_name(name) or kind_by_content(head())


def kind_by_content(head: bytes) -> Kind:
    """What a file is by its first `HEAD` bytes."""
    name = format_of(head)
    return "other" if name is None else "image" if name in FORMATS else "foreign"


def is_hidden(name: str) -> bool:
    """Whether a file or a folder of this name is hidden: `.ipynb_checkpoints`, `._x.png`, `__MACOSX`."""
    return name.startswith(".") or name == "__MACOSX"
