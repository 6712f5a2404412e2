"""What a table in a stranger's file may say of its size before it is believed."""

from __future__ import annotations

from pathlib import Path
from typing import Final

_MOST_ROWS: Final = 10_000_000
"""Of a file; a data set of more images has several."""

_ALWAYS_ALLOWED: Final = 64 * 2**20
_EXPANSION_LIMIT: Final = 50
_BYTES_OF_LABEL: Final = 16
"""Bytes that may be unpacked however small the file is, how many times its size otherwise, and of one row."""


def require_rows(rows: int, path: Path) -> None:
    """Refuses more rows than images can be in a file.

    Raises:
        ValueError: there are more.
    """
    size = path.stat().st_size
    if not 0 <= rows <= min(size, _MOST_ROWS):
        raise ValueError(
            f"it says that it holds {rows:,} rows in {size:,} bytes, and at most {_MOST_ROWS:,} are read"
        )


def require_unpacked(unpacked: int, packed: int, rows: int) -> None:
    """Refuses what unpacks to far more than it is: images are packed already.

    Raises:
        ValueError: it does.
    """
    if unpacked > max(_ALWAYS_ALLOWED, _EXPANSION_LIMIT * packed, _BYTES_OF_LABEL * rows):
        raise ValueError(f"it unpacks to {unpacked:,} bytes from {packed:,}")
