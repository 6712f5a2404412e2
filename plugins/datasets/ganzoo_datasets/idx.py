"""The IDX file format of the MNIST family (LeCun et al., 1998), plain or gzipped, strictly checked.

A file is `00 00 08 D` (08: unsigned bytes, D: number of dimensions), D sizes as big-endian uint32,
then the values in row-major order and nothing after them. It holds plain numbers, so unlike a
pickle it is safe to read from anyone.
"""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO, cast

import torch
from torch import Tensor

from ganzoo.errors import GanzooError
from ganzoo.files import require_file

_GZIP_MAGIC = b"\x1f\x8b"
_UNSIGNED_BYTES = 8
_CHUNK = 1 << 20

_LIMIT = 4 << 30
"""Bytes of values; five million images of 28x28."""

_ALWAYS_ALLOWED = 64 << 20
_EXPANSION_LIMIT = 50
"""Images of digits unpack to five times their size; a bomb to a thousand times."""


def read_idx(path: Path, item_shape: Sequence[int]) -> Tensor:
    """Reads a file of unsigned bytes as `(N, *item_shape)` uint8, N >= 1.

    Raises:
        GanzooError: the file cannot be read, is not IDX, holds items of another shape, or is shorter
            or longer than its header says.
    """
    try:
        with ExitStack() as stack:
            require_file(path)
            stream: BinaryIO = stack.enter_context(path.open("rb"))
            # Told by content: browsers and archivers gunzip files and keep the name, or the reverse.
            is_gzip = stream.read(len(_GZIP_MAGIC)) == _GZIP_MAGIC
            stream.seek(0)
            if is_gzip:
                stream = cast(BinaryIO, stack.enter_context(gzip.GzipFile(fileobj=stream)))
            return _parse(stream, tuple(item_shape), _most(path, is_gzip))
    except (OSError, EOFError, zlib.error, ValueError) as error:
        raise GanzooError(
            f"{path} is not a whole IDX file: {error}. Was a copy or download cut short? Get it again"
        ) from error


def _parse(stream: BinaryIO, item_shape: tuple[int, ...], most: int) -> Tensor:
    magic = stream.read(4)
    expected_magic = bytes([0, 0, _UNSIGNED_BYTES, 1 + len(item_shape)])
    if magic != expected_magic:
        raise ValueError(f"it starts with {magic.hex(' ') or 'nothing'}, not {expected_magic.hex(' ')}")
    header = stream.read(4 * (1 + len(item_shape)))
    if len(header) < 4 * (1 + len(item_shape)):
        raise ValueError("it ends inside its header")
    shape = struct.unpack(f">{1 + len(item_shape)}I", header)
    if shape[1:] != item_shape:
        raise ValueError(f"its items are {_product(shape[1:])}, not {_product(item_shape)}")
    if shape[0] == 0:
        raise ValueError("it holds no items")
    size = math.prod(shape)
    if size > most:
        raise ValueError(f"its header announces {size:,} bytes of values, and no more than {most:,} are read")
    values = bytearray()
    # In pieces, and one byte further than needed: memory follows what the file holds, not what its
    # header claims, and gzip compares its checksum only on reaching the end.
    while chunk := stream.read(min(_CHUNK, size + 1 - len(values))):
        values += chunk
    if len(values) != size:
        held = f"{len(values):,}" if len(values) < size else "more"
        raise ValueError(f"its header announces {size:,} bytes of values, it holds {held}")
    return torch.frombuffer(values, dtype=torch.uint8).view(shape)


def _most(path: Path, is_gzip: bool) -> int:
    """The bytes of values that a file of this size may hold; less than a bomb unpacks to."""
    size = path.stat().st_size
    return min(_LIMIT, max(_ALWAYS_ALLOWED, _EXPANSION_LIMIT * size) if is_gzip else size)


def _product(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape)) or "single values"
