"""How much the pages of a Parquet file unpack to, which is read off before pyarrow unpacks any.

What the file's footer says of them may be forged, and pyarrow asks for as much memory as a page itself says.
A page begins with a header in Thrift's compact protocol (Apache Parquet, "Data Pages", and `parquet.thrift`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

_FIRST: Final = 2**10
_MOST: Final = 2**26
"""Bytes of a header that are read at first, and at most: it may quote the least and the largest image."""

_UNPACKED, _PACKED = 2, 3
"""Fields of `PageHeader`: bytes of the page behind it, unpacked and as they are."""

_INTEGERS, _BINARY, _LISTS, _STRUCT, _DOUBLE, _BYTE, _MAP = (4, 5, 6), 8, (9, 10), 12, 7, 3, 11
"""Types of Thrift; 1 and 2 are truth values, which take no bytes of their own as fields."""


def unpacked_sizes(path: Path, start: int, length: int) -> Iterator[int]:
    """Bytes that each page of a part of a file unpacks to.

    Args:
        path: the file.
        start: where the first page begins.
        length: bytes of all pages, their headers included.

    Raises:
        ValueError: a page is damaged.
    """
    end = start + length
    with path.open("rb") as file:
        while start < end:
            size = _FIRST
            while True:
                file.seek(start)
                try:
                    header = _Header.read(file.read(min(size, end - start)))
                    break
                except IndexError:  # it goes on
                    if size >= min(_MOST, end - start):
                        raise ValueError("a page of it is damaged") from None
                    size *= 16
            if header.unpacked < 0 or header.packed < 0:
                raise ValueError("a page of it is damaged")
            yield header.unpacked
            start += header.length + header.packed


@dataclass(frozen=True)
class _Header:
    """What the header of a page says; -1 where it doesn't."""

    unpacked: int
    packed: int
    length: int

    @classmethod
    def read(cls, data: bytes) -> _Header:
        """The header that some bytes begin with.

        Raises:
            IndexError: it is longer.
        """
        thrift = Thrift(data)
        fields = thrift.struct()
        sizes = [fields.get(field, -1) for field in (_UNPACKED, _PACKED)]
        unpacked, packed = (size if isinstance(size, int) else -1 for size in sizes)
        return cls(unpacked, packed, thrift.at)


class Thrift:
    """Values in Thrift's compact protocol: whole numbers, lists, structs by the numbers of their fields.

    All others are None.

    Raises:
        IndexError: they are longer than the bytes.
        ValueError: there is no such type.
    """

    def __init__(self, data: bytes) -> None:
        self._data, self.at = data, 0

    def struct(self) -> dict[int, Any]:
        """The fields of a struct."""
        fields: dict[int, Any] = {}
        field = 0
        while head := self._byte():
            kind, step = head & 15, head >> 4
            field = field + step if step else self._number()
            fields[field] = self._value(kind)
        return fields

    def _value(self, kind: int, in_list: bool = False) -> Any:
        if kind in _INTEGERS:
            return self._number()
        if kind == _STRUCT:
            return self.struct()
        if kind in _LISTS:
            head = self._byte()
            count = head >> 4 if head >> 4 != 15 else self._unsigned()
            return [self._value(head & 15, True) for _ in range(count)]
        if kind == _MAP:
            count = self._unsigned()
            kinds = self._byte() if count else 0
            for _ in range(count):
                self._value(kinds >> 4, True)
                self._value(kinds & 15, True)
        elif kind in (1, 2, _BYTE):
            self._skip(1 if in_list or kind == _BYTE else 0)
        elif kind in (_DOUBLE, _BINARY):
            self._skip(8 if kind == _DOUBLE else self._unsigned())
        else:
            raise ValueError("a page of it is damaged")
        return None

    def _skip(self, count: int) -> None:
        self.at += count
        if self.at > len(self._data):
            raise IndexError

    def _byte(self) -> int:
        self._skip(1)
        return self._data[self.at - 1]

    def _unsigned(self) -> int:
        number = shift = 0
        while shift < 70:
            byte = self._byte()
            number |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return number
        raise ValueError("a page of it is damaged")

    def _number(self) -> int:
        """One in zigzag: 0, -1, 1, -2 and so on."""
        number = self._unsigned()
        return number >> 1 ^ -(number & 1)
