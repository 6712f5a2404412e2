"""The text of a file that may be gzipped, damaged or hostile."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path
from typing import Final

from ganzoo.errors import GanzooError, UsageError

LIMIT: Final = 4 * 2**30
"""Bytes of text; a recording of more has too many steps to look at, and would not fit most memories."""

_EXPANSION_LIMIT: Final = 200
"""A gzipped recording grows to 10-20 times its size; a bomb to 1,000 times."""

_ALWAYS_ALLOWED: Final = 64 * 2**20
_CHUNK: Final = 2**20
_GZIP: Final = b"\x1f\x8b"


def file_text(path: Path) -> str:
    """Reads a file, unpacking it if it is gzipped.

    Raises:
        UsageError: there is no such file.
        GanzooError: it can't be read, is empty, cut off, damaged, a gzip bomb, or not UTF-8.
    """
    try:
        if path.exists() and not (path.is_file() or path.is_dir()):
            raise GanzooError(f"{path} is a pipe or a device; write the recording to a file first")
        with path.open("rb") as file:
            gzipped = file.read(2) == _GZIP
        content = _unpacked(path) if gzipped else _plain(path)
    except FileNotFoundError:
        raise UsageError(f"there is no file {str(path)!r}") from None
    except IsADirectoryError:
        raise UsageError(f"{path} is a folder; name one recording in it") from None
    except (OSError, ValueError) as error:  # ValueError: a path with a null byte
        raise GanzooError(f"{path} can't be read: {getattr(error, 'strerror', None) or error}") from None
    if not content:
        raise GanzooError(f"{path} is empty")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise GanzooError(
            f"{path} is not a recording: byte {error.start:,} is not UTF-8 text ({error.reason})"
        ) from None


def _plain(path: Path) -> bytes:
    size = path.stat().st_size
    if size > LIMIT:
        raise GanzooError(_too_large(path, size))
    return path.read_bytes()


def _unpacked(path: Path) -> bytearray:
    packed = path.stat().st_size
    allowed = min(LIMIT, max(_ALWAYS_ALLOWED, packed * _EXPANSION_LIMIT))
    content = bytearray()
    try:
        with gzip.open(path) as file:
            while chunk := file.read(_CHUNK):
                content += chunk
                if len(content) > allowed:
                    raise GanzooError(_too_large(path, packed, expands=True))
    except EOFError:
        raise GanzooError(
            f"{path} is cut off: its gzip stream ends after {len(content):,} bytes of text\n"
            "the profiler was probably stopped while writing it; record again, or copy it again"
        ) from None
    except (gzip.BadGzipFile, zlib.error) as error:
        raise GanzooError(f"{path} is a damaged gzip file: {error}") from None
    return content


def _too_large(path: Path, size: int, expands: bool = False) -> str:
    if expands and size * _EXPANSION_LIMIT < LIMIT:
        return (
            f"{path} is not a recording: it unpacks to more than {_EXPANSION_LIMIT} times its {size:,} bytes"
        )
    return f"{path} holds more than {LIMIT / 2**30:.0f} GiB; record fewer steps"
