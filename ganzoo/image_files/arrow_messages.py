"""How much the messages of an Arrow stream unpack to, which is read off before pyarrow unpacks any.

pyarrow has no word for it, so the few numbers are looked up in the flatbuffers themselves, which pyarrow has
verified by then (Apache Arrow, "Serialization and Interprocess Communication", with `Message.fbs`).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any, Final

_RECORDS: Final = 3
_DICTIONARY: Final = 2
"""Types of the messages that hold values."""


def unpacked_sizes(messages: Any) -> Iterator[tuple[int, int]]:
    """For each message of a `pyarrow.ipc.MessageReader`: bytes that it unpacks to, and rows that it says.

    Raises:
        ValueError, struct.error: a message is damaged.
    """
    for message in messages:
        metadata, body = message.metadata.to_pybytes(), memoryview(message.body or b"")
        root = _Table(metadata, *struct.unpack_from("<I", metadata))
        kind = root.number(1, "<B")
        if kind not in (_RECORDS, _DICTIONARY):
            continue
        header = root.table(2)
        records = header if kind == _RECORDS else header.table(1)
        is_packed = records.place(3) is not None
        sizes = (_size(body, start, length, is_packed) for start, length in records.pairs(2))
        yield sum(sizes), records.number(0, "<q") if kind == _RECORDS else 0


def _size(body: memoryview, start: int, length: int, is_packed: bool) -> int:
    """Of one buffer: a packed one begins with the bytes that it unpacks to, or -1 where it is as it is."""
    unpacked = struct.unpack_from("<q", body, start)[0] if is_packed and length else -1
    if length < 0 or unpacked < -1:
        raise ValueError("a message of it is damaged")
    return length if unpacked == -1 else int(unpacked)


class _Table:
    """A table of a flatbuffer."""

    def __init__(self, data: bytes, at: int) -> None:
        self._data, self._at = data, at

    def place(self, field: int) -> int | None:
        """Where a field is; None where it is left out."""
        vtable = self._at - int(struct.unpack_from("<i", self._data, self._at)[0])
        (size,) = struct.unpack_from("<H", self._data, vtable)
        if 4 + 2 * field >= size:
            return None
        (offset,) = struct.unpack_from("<H", self._data, vtable + 4 + 2 * field)
        return self._at + int(offset) if offset else None

    def number(self, field: int, form: str) -> int:
        """A number; 0 where it is left out."""
        place = self.place(field)
        return 0 if place is None else int(struct.unpack_from(form, self._data, place)[0])

    def table(self, field: int) -> _Table:
        """A table within it.

        Raises:
            ValueError: it is left out.
        """
        return _Table(self._data, self._led(field))

    def pairs(self, field: int) -> list[tuple[int, int]]:
        """A vector of two numbers each; none where it is left out."""
        if self.place(field) is None:
            return []
        start = self._led(field)
        (count,) = struct.unpack_from("<I", self._data, start)
        return [struct.unpack_from("<qq", self._data, start + 4 + 16 * index) for index in range(count)]

    def _led(self, field: int) -> int:
        place = self.place(field)
        if place is None:
            raise ValueError("a message of it is damaged")
        return place + int(struct.unpack_from("<I", self._data, place)[0])
