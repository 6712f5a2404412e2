"""What a Parquet file's footer says of levels, checked before pyarrow believes it and ends the process.

pyarrow's `RowGroupMetaData.column` lets through what its reader in C++ throws at wrong ones ("SizeStatistics"
in Apache Parquet's `parquet.thrift`).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final

from ganzoo.image_files.parquet_pages import Thrift

_GROUPS, _COLUMNS, _META_DATA, _SIZES = 4, 1, 3, 16
"""Fields of `FileMetaData`, `RowGroup`, `ColumnChunk` and `ColumnMetaData`."""

_UNENCODED, _REPETITION, _DEFINITION = 1, 2, 3
"""Fields of `SizeStatistics`."""

_TAIL: Final = 8
"""Bytes behind the footer: its length, and a mark."""


def require_sound_levels(path: Path, schema: Any) -> None:
    """Refuses statistics of levels that are not of the schema.

    Args:
        path: of the file.
        schema: `pyarrow.parquet.ParquetSchema`.

    Raises:
        ValueError: some are.
    """
    with path.open("rb") as file:
        file.seek(-_TAIL, os.SEEK_END)
        length = int.from_bytes(file.read(4), "little")
        file.seek(-_TAIL - length, os.SEEK_END)
        footer = file.read(length)
    columns = [schema.column(index) for index in range(len(schema))]
    try:
        for group in Thrift(footer).struct().get(_GROUPS, ()):
            for column, chunk in zip(columns, group.get(_COLUMNS, ()), strict=True):
                sizes = chunk.get(_META_DATA, {}).get(_SIZES, {})
                levels = {_REPETITION: column.max_repetition_level, _DEFINITION: column.max_definition_level}
                are_sound = all(len(sizes.get(field, ())) in (0, most + 1) for field, most in levels.items())
                if not are_sound or (_UNENCODED in sizes and column.physical_type != "BYTE_ARRAY"):
                    raise ValueError("its footer is damaged")
    except (AttributeError, IndexError, TypeError):
        raise ValueError("its footer is damaged") from None
