"""Zips and tars of strangers opened: what they say of their sizes is not believed beyond what is honest."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final

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

_MOST_OF_DIRECTORY: Final = 2**27
"""Bytes of what a zip says of all its files: more than a million of them."""

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


class _Bounded(io.FileIO):
    """A file of which nobody reads more at once than an honest archive asks for: sizes in it may be forged.

    Args:
        path: the file.
        most: bytes.
    """

    def __init__(self, path: Path, most: int) -> None:
        super().__init__(path)
        self._most = most

    def read(self, size: int | None = -1, /) -> bytes:
        """Reads so many bytes, fewer at the end.

        Raises:
            ValueError: they are too many.
        """
        wanted = os.fstat(self.fileno()).st_size - self.tell() if size is None or size < 0 else size
        if wanted > self._most:
            raise ValueError(f"what it says of its files has more than {self._most:,} bytes")
        return super().read(max(0, wanted))


class _Zip(zipfile.ZipFile):
    """A zip whose directory is read within bounds."""

    _held: io.FileIO | None = None

    def __init__(self, path: Path) -> None:
        self._held = _Bounded(path, _MOST_OF_DIRECTORY)
        super().__init__(self._held)

    def close(self) -> None:
        """Closes the file as well, as a zip that was opened by its path does."""
        super().close()
        if self._held is not None:
            self._held.close()


def open_zip(path: Path) -> zipfile.ZipFile:
    """Opens a zip to read.

    Raises:
        Exception: one of `DAMAGED`.
    """
    return _Zip(path)


@contextmanager
def open_tar(path: Path) -> Iterator[tarfile.TarFile]:
    """Opens a tar that is not packed, to read what it says of its files.

    Raises:
        Exception: one of `DAMAGED`.
    """
    with _Bounded(path, _MOST_OF_NAME) as file, tarfile.open(fileobj=file, mode="r:") as archive:
        yield archive


def unpacked(file: IO[bytes], most: int) -> bytes:
    """At most so many bytes of a packed file, which takes no more memory than they do."""
    buffer = io.BytesIO()
    while buffer.tell() < most and (chunk := file.read(min(_CHUNK, most - buffer.tell()))):
        buffer.write(chunk)
    return buffer.getvalue()
