"""One file with a table: Arrow or Parquet, read by pyarrow, which is imported when there is one."""

from __future__ import annotations

import importlib
import json
import threading
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Mapping
from functools import cached_property
from itertools import accumulate
from pathlib import Path
from typing import Any, Final

from ganzoo.errors import GanzooError
from ganzoo.files import require_file
from ganzoo.image_files import arrow_messages, parquet_footer, parquet_pages
from ganzoo.image_files.table_bounds import require_rows, require_unpacked
from ganzoo.text import brief

_IMAGES: Final = ("image", "img")
_LABELS: Final = ("label", "labels", "class")
"""Columns that are taken where several could be."""

_OF_CLASSES: Final = ("int", "uint", "bool", "string", "large_string")
"""What types of labels begin with."""

_GROUPS_KEPT: Final = 4
"""Groups of rows of a parquet file that stay in memory: threads read one after the other."""

_ROWS_AT_ONCE: Final = 16

_MARK: Final = 8
"""Bytes before the stream in a file of Arrow."""


class Shard:
    """One file: Arrow, mapped into memory, or Parquet, read by groups of rows."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._groups: OrderedDict[int, Any] = OrderedDict()
        pyarrow = _pyarrow()
        try:
            require_file(path)
            with path.open("rb") as file:
                head = file.read(16)
            if head.startswith(b"version https://"):
                raise ValueError("it is a pointer of Git LFS, the file itself was not fetched: git lfs pull")
            self._parquet: Any = pyarrow.parquet.ParquetFile(path) if head.startswith(b"PAR1") else None
            if self._parquet is None:
                self._table = _arrow_table(path, head.startswith(b"ARROW1"))
            else:
                parquet_footer.require_sound_levels(path, self._parquet.schema)
            self._schema: Any = self._table.schema if self._parquet is None else self._parquet.schema_arrow
            self.rows: int = (
                self._table.num_rows if self._parquet is None else self._parquet.metadata.num_rows
            )
            require_rows(self.rows, path)
        except Exception as error:  # pyarrow's own, and OSError
            raise GanzooError(f"{path} can't be read as a table: {error}") from None

    @cached_property
    def features(self) -> Mapping[str, Mapping[str, Any]]:
        """What `datasets` says of the columns; empty where another program wrote the file."""
        try:
            found = json.loads((self._schema.metadata or {})[b"huggingface"])["info"]["features"]
            return {name: each for name, each in found.items() if isinstance(each, dict)}
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
            return {}

    def image_column(self) -> str:
        """The column of images.

        Raises:
            GanzooError: there is none, or several.
        """
        types = {field.name: str(field.type) for field in self._schema}
        found = [
            name for name, each in self.features.items() if each.get("_type") == "Image" and name in types
        ]
        found = found or [name for name, kind in types.items() if "binary" in kind and "list" not in kind]
        chosen = next((name for name in _IMAGES if name in found), found[0] if len(found) == 1 else None)
        if chosen is None:
            what = (
                f"several columns of images, {brief(found)}"
                if found
                else f"no column of images, only {brief([*types])}"
            )
            raise GanzooError(f"{self.path} has {what}: call the one that is meant image")
        return chosen

    def label_column(self) -> str | None:
        """The column of labels; of several, such as coarse and fine, the one with most classes.

        Raises:
            GanzooError: a column that is called so holds something else than classes.
        """
        types = {field.name: _type_of_values(field.type) for field in self._schema}
        classes = {
            name: len(self.class_names(name) or ())
            for name, each in self.features.items()
            if each.get("_type") == "ClassLabel" and name in types
        }
        chosen = next((name for name in _LABELS if name in types), None)
        if chosen is not None and not types[chosen].startswith(_OF_CLASSES):
            raise GanzooError(
                f"the column {chosen} of {self.path} is {types[chosen]}; labels are classes: whole numbers "
                "or texts. To train without labels, call it otherwise"
            )
        return chosen or max(classes, key=classes.__getitem__, default=None)

    def class_names(self, column: str) -> tuple[str, ...] | None:
        """The classes of a `ClassLabel`; None of any other column."""
        names = self.features.get(column, {}).get("names")
        return tuple(map(str, names)) if isinstance(names, list) else None

    def column(self, name: str) -> list[Any]:
        """All values of a column."""
        try:
            if self._parquet is None:
                return list(self._table.column(name).to_pylist())
            values, unpacked = list[Any](), 0
            for number in range(self._parquet.num_row_groups):
                group = self._read_group(number, name)
                unpacked += group.nbytes
                require_unpacked(unpacked, self.path.stat().st_size, self.rows)
                values += group.column(name).to_pylist()
            return values
        except Exception as error:
            raise GanzooError(f"{self.path} can't be read as a table: {error}") from None

    def image(self, column: str, row: int) -> bytes:
        """The bytes of an image file, none where the row has none."""
        try:
            value = self._cell(column, row)
        except Exception as error:
            raise GanzooError(f"row {row:,} of {self.path} cannot be read: {error}") from None
        if isinstance(value, dict):
            if value.get("bytes") is None and value.get("path"):
                raise GanzooError(
                    f"row {row:,} of {self.path} names a file, {brief(value['path'])}, and doesn't hold it\n"
                    "write the data set again with save_to_disk, which takes the files in"
                )
            value = value.get("bytes")
        return value if isinstance(value, bytes) else b""

    def _cell(self, column: str, row: int) -> Any:
        if self._parquet is None:
            return self._table.column(column)[row].as_py()
        with self._lock:  # pyarrow reads a parquet file for one thread at a time
            number = bisect_right(self._group_ends, row)
            if number not in self._groups:
                self._groups[number] = self._read_group(number, column)
                while len(self._groups) > _GROUPS_KEPT:
                    self._groups.popitem(last=False)
            group = self._groups[number]
        return group.column(column)[row - (self._group_ends[number] - group.num_rows)].as_py()

    def _read_group(self, number: int, column: str) -> Any:
        """A column of a group of rows, piece by piece, since one value may stand there for millions of rows.

        Raises:
            ValueError: it unpacks to far more than it is.
        """
        group = self._parquet.metadata.row_group(number)
        parts = [group.column(index) for index in range(group.num_columns)]
        mine = [part for part in parts if part.path_in_schema.partition(".")[0] == column]
        packed = sum(part.total_compressed_size for part in mine)
        pages = (
            size
            for part in mine
            for size in parquet_pages.unpacked_sizes(self.path, _start(part), part.total_compressed_size)
        )
        require_unpacked(sum(pages), packed, group.num_rows)
        batches, unpacked = [], 0
        for batch in self._parquet.iter_batches(_ROWS_AT_ONCE, row_groups=[number], columns=[column]):
            batches.append(batch)
            unpacked += batch.nbytes
            require_unpacked(unpacked, packed, group.num_rows)
        return _pyarrow().Table.from_batches(batches)

    @cached_property
    def _group_ends(self) -> list[int]:
        metadata = self._parquet.metadata
        return list(accumulate(metadata.row_group(each).num_rows for each in range(metadata.num_row_groups)))


def _type_of_values(kind: Any) -> str:
    """A type in words; of a dictionary, as pandas writes categories, that of its values."""
    return str(getattr(kind, "value_type", kind) if str(kind).startswith("dictionary") else kind)


def _start(part: Any) -> int:
    """Where the first page of a column of a group begins: that of its dictionary, or of its data."""
    return min(filter(None, (part.dictionary_page_offset, part.data_page_offset)), default=0)


def _arrow_table(path: Path, is_file: bool) -> Any:
    """A stream of Arrow, mapped. In a file of Arrow a stream lies as well, behind its mark."""
    pyarrow = _pyarrow()
    begin = _MARK if is_file else 0
    with pyarrow.memory_map(str(path)) as mapped:
        mapped.seek(begin)
        unpacked = rows = 0
        for more, more_rows in arrow_messages.unpacked_sizes(pyarrow.ipc.MessageReader.open_stream(mapped)):
            unpacked, rows = unpacked + more, rows + more_rows
            require_rows(rows, path)
            require_unpacked(unpacked, path.stat().st_size, rows)
    mapped = pyarrow.memory_map(str(path))
    mapped.seek(begin)
    table = pyarrow.ipc.open_stream(mapped).read_all()
    table.validate(full=True)  # else an offset that leads out of it ends the process, or reads what is beyond
    return table


def _pyarrow() -> Any:
    try:
        for name in ("pyarrow.ipc", "pyarrow.parquet"):
            importlib.import_module(name)
        return importlib.import_module("pyarrow")
    except ImportError as error:
        raise GanzooError(
            f"tables of images need the extra `hf` ({error}): pip install 'ganzoo-torch[hf]'"
        ) from None
