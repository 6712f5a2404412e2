"""Tars of strangers opened within bounds, and what reading any damaged archive raises."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final

from ganzoo.zips import BoundedFile

DAMAGED: Final = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
)
"""What reading a damaged archive raises: a RuntimeError where it asks for a password, or is nested."""

_MOST_OF_NAME: Final = 2**20
"""Bytes of what a tar says of one file."""

_CHUNK: Final = 2**20
"""Bytes that are unpacked at once."""

_PACKED: Final[Mapping[bytes, Any]] = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ": lzma.open}
"""What a packed tar begins with, and what unpacks it."""


def is_tar(path: Path) -> bool:
    """Whether a file begins as a tar does, packed or not; `tarfile.is_tarfile` may unpack without an end.

    Raises:
        OSError: it can't be read.
    """
    with path.open("rb") as file:
        beginning = file.read(tarfile.BLOCKSIZE)
    try:
        for mark, unpack in _PACKED.items():
            if beginning.startswith(mark):
                with unpack(path) as unpacking:
                    beginning = unpacking.read(tarfile.BLOCKSIZE)
        tarfile.TarInfo.frombuf(beginning, tarfile.ENCODING, "surrogateescape")
    except DAMAGED:
        return False
    return True


@contextmanager
def open_tar(path: Path) -> Iterator[tarfile.TarFile]:
    """Opens a tar that is not packed, to read what it says of its files.

    Raises:
        Exception: one of `DAMAGED`.
    """
    with BoundedFile(path, _MOST_OF_NAME) as file, tarfile.open(fileobj=file, mode="r:") as archive:
        yield archive


def unpacked(file: IO[bytes], most: int) -> bytes:
    """At most so many bytes of a packed file, which takes no more memory than they do."""
    buffer = io.BytesIO()
    while buffer.tell() < most and (chunk := file.read(min(_CHUNK, most - buffer.tell()))):
        buffer.write(chunk)
    return buffer.getvalue()
