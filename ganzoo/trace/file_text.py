"""The text of a file that may be gzipped, damaged or hostile, piece by piece."""

from __future__ import annotations

import codecs
import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

from ganzoo.errors import GanzooError, UsageError

LIMIT: Final = 4 * 2**30
"""Bytes of text; the events of a larger recording would not fit most memories."""

PIECE: Final = 2**22
"""Bytes of text that are in memory at a time."""

AGAIN: Final = "the profiler was probably stopped while writing it; record again, or copy it again"
"""What to do about a file that is cut off."""

_EXPANSION_LIMIT: Final = 200
"""A gzipped recording grows to 10-20 times its size; a bomb to 1,000 times."""

_ALWAYS_ALLOWED: Final = 64 * 2**20
_GZIP: Final = b"\x1f\x8b"

_OTHERS: Final = {
    b"PK\x03\x04": "a zip archive",
    b"\x28\xb5\x2f\xfd": "compressed by zstd",
    b"\xfd7zXZ": "compressed by xz",
    b"BZh": "compressed by bzip2",
    b"\xff\xfe": "UTF-16 text",
    b"\xfe\xff": "UTF-16 text",
}
"""What a recording is kept in at times and is not read from, by its first bytes."""


def file_text(path: Path) -> Iterator[str]:
    """Reads a file, unpacking it if it is gzipped; yields its text in order.

    Raises:
        UsageError: there is no such file.
        GanzooError: it can't be read, is empty, cut off, damaged, a gzip bomb, or not UTF-8.
    """
    try:
        if path.exists() and not (path.is_file() or path.is_dir()):
            raise GanzooError(f"{path} is a pipe or a device; write the recording to a file first")
        with path.open("rb") as file:
            beginning = file.read(8)
            file.seek(0)
            size = path.stat().st_size
            pieces = _unpacked(path, file, size) if beginning.startswith(_GZIP) else _plain(path, file, size)
            yield from _decoded(path, pieces)
    except FileNotFoundError:
        raise UsageError(f"there is no file {str(path)!r}") from None
    except IsADirectoryError:
        raise UsageError(f"{path} is a folder; name one recording in it") from None
    except (OSError, ValueError) as error:  # ValueError: a path with a null byte
        raise GanzooError(f"{path} can't be read: {getattr(error, 'strerror', None) or error}") from None


def what_it_is(path: Path) -> str:
    """One line on the format that a file's first bytes tell, to end a message with; empty if none."""
    with path.open("rb") as file:
        beginning = file.read(8)
    known = [name for first, name in _OTHERS.items() if beginning.startswith(first)]
    return f"\nit is {known[0]}; only plain and gzipped JSON in UTF-8 are read" if known else ""


def _decoded(path: Path, pieces: Iterator[bytes]) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    read = 0
    try:
        for piece in pieces:
            pending = len(decoder.getstate()[0])
            yield decoder.decode(piece)
            read += len(piece)
        pending = len(decoder.getstate()[0])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data":
            raise GanzooError(
                f"{path} is cut off: it ends within a character, after {read:,} bytes\n{AGAIN}"
            ) from None
        raise GanzooError(
            f"{path} is not a recording: byte {read - pending + error.start:,} is not UTF-8 text "
            f"({error.reason}){what_it_is(path)}"
        ) from None
    if not read:
        raise GanzooError(f"{path} is empty")


def _plain(path: Path, file: IO[bytes], size: int) -> Iterator[bytes]:
    if size > LIMIT:
        raise GanzooError(_too_large(path, size))
    remaining = LIMIT  # of a file that grows meanwhile
    while remaining > 0 and (piece := file.read(PIECE)):
        remaining -= len(piece)
        yield piece


def _unpacked(path: Path, file: IO[bytes], packed: int) -> Iterator[bytes]:
    allowed = min(LIMIT, max(_ALWAYS_ALLOWED, packed * _EXPANSION_LIMIT))
    read = 0
    try:
        with gzip.open(file) as unpacking:
            while piece := unpacking.read(PIECE):
                read += len(piece)
                if read > allowed:
                    raise GanzooError(_too_large(path, packed, expands=True))
                yield piece
    except EOFError:
        raise GanzooError(
            f"{path} is cut off: its gzip stream ends after {read:,} bytes of text\n{AGAIN}"
        ) from None
    except (gzip.BadGzipFile, zlib.error) as error:
        raise GanzooError(f"{path} is a damaged gzip file: {error}") from None


def _too_large(path: Path, size: int, expands: bool = False) -> str:
    if expands and size * _EXPANSION_LIMIT < LIMIT:
        return (
            f"{path} is not a recording: it unpacks to more than {_EXPANSION_LIMIT} times its {size:,} bytes"
        )
    return f"{path} holds more than {LIMIT / 2**30:.0f} GiB; record fewer steps"
