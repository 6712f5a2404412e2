"""Safetensors taken apart and put together again, whatever their headers say."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Mapping
from typing import Any, Final

from benchmarks.soak.hostile_files.drawing import Draw, mapped, one_of
from benchmarks.soak.hostile_files.json_mutation import as_json, edited
from benchmarks.soak.hostile_files.mutation import mutated
from benchmarks.soak.hostile_files.special_files import Make, content, sparse

_PAYLOAD: Final = 64
"""Bytes of tensors behind the crafted headers."""


def taken_apart(data: bytes) -> tuple[dict[str, Any], bytes]:
    """Header and tensors of a file."""
    length = struct.unpack("<Q", data[:8])[0]
    return json.loads(data[8 : 8 + length]), data[8 + length :]


def put_together(header: Any, tensors: bytes) -> bytes:
    """A file with this header, be it right or wrong."""
    text = header if isinstance(header, bytes) else as_json(header)
    return struct.pack("<Q", len(text)) + text + tensors


def mutants(seeds: Mapping[str, bytes], metadata: tuple[str, ...] = ()) -> Draw[bytes]:
    """Changed bytes, changed headers, and changed JSON in the metadata under these keys."""
    made: list[Draw[bytes]] = [mutated(list(seeds.values()))]
    for data in seeds.values():
        header, tensors = taken_apart(data)
        made.append(mapped(edited([header]), _with(tensors)))
        for key in metadata:
            inner = json.loads(header["__metadata__"][key])
            made.append(mapped(edited([inner]), _within(header, key, tensors)))
    return one_of(*made)


def _with(tensors: bytes) -> Callable[[Any], bytes]:
    return lambda header: put_together(header, tensors)


def _within(header: dict[str, Any], key: str, tensors: bytes) -> Callable[[Any], bytes]:
    def put(inner: Any) -> bytes:
        text = as_json(inner).decode()
        return put_together({**header, "__metadata__": {**header["__metadata__"], key: text}}, tensors)

    return put


def _one(dtype: Any = "F32", shape: Any = (4,), offsets: Any = (0, 16), name: str = "a") -> dict[str, Any]:
    return {name: {"dtype": dtype, "shape": list(shape), "data_offsets": list(offsets)}}


def _repeated(text: bytes, times: int, before: bytes, after: bytes) -> Make:
    return lambda path: path.write_bytes(put_together(before + text * times + after, b""))


_HEADERS: Final[Mapping[str, Any]] = {
    "overlapping offsets": {**_one(), **_one(offsets=(8, 24), name="b")},
    "offsets with a hole": {**_one(), **_one(offsets=(32, 48), name="b")},
    "offsets backwards": _one(offsets=(16, 0)),
    "offsets beyond the end": _one(offsets=(2**40, 2**40 + 16)),
    "offsets of 2**64": _one(offsets=(0, 2**64 - 1)),
    "negative offsets": _one(offsets=(-16, 0)),
    "a shape of 2**60": _one(shape=(2**60,)),
    "a shape of 2**60 squared": _one(shape=(2**60, 2**60)),
    "a shape of 2**60 by nothing": _one(shape=(2**60, 0), offsets=(0, 0)),
    "a shape of 2**64 by nothing": _one(shape=(2**64 - 1, 0), offsets=(0, 0)),
    "a shape of 2**33 squared by nothing": _one(shape=(2**33, 2**33, 0), offsets=(0, 0)),
    "a negative shape": _one(shape=(-4,)),
    "a shape of a thousand ones": _one(shape=(1,) * 1000, dtype="F32", offsets=(0, 4)),
    "no shape": _one(shape=(), offsets=(0, 4)),
    "an empty tensor": _one(shape=(0,), offsets=(0, 0)),
    "an unknown dtype": _one("X99"),
    **{f"dtype {dtype}": _one(dtype, (size,)) for dtype, size in {
        "BOOL": 16, "U8": 16, "I8": 16, "F8_E5M2": 16, "F8_E4M3": 16, "F8_E8M0": 16, "I16": 8, "U16": 8,
        "F16": 8,
        "BF16": 8, "I32": 4, "U32": 4, "F64": 2, "I64": 2, "U64": 2, "C64": 2, "F4": 32, "F6_E2M3": 16,
        "F6_E3M2": 16,
    }.items()},
    "a dtype that is a number": _one(7),
    "metadata that is no text": {**_one(), "__metadata__": {"ganzoo": {"schema": 2}}},
    "metadata that is a list": {**_one(), "__metadata__": ["ganzoo"]},
    "a header that is a list": [1, 2],
    "a header that is a number": 3,
    "a duplicate key": b'{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]},'
    b'"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}',
    "a duplicate offset": b'{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16],"data_offsets":[0,8]}}',
    "a header nested 100,000 deep": b"[" * 100_000 + b"]" * 100_000,
    "a header of no UTF-8": b"\xff" * 100,
    "a name with a null byte": b'{"\\u0000":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}',
}  # fmt: skip

CRAFTED: Final[Mapping[str, Make]] = {
    **{name: content(put_together(header, bytes(_PAYLOAD))) for name, header in _HEADERS.items()},
    "a header as long as a file can be": content(b"\xff" * 8 + b"{}"),
    "a header of 2**62 bytes": content(struct.pack("<Q", 2**62) + b"{}"),
    "a header of 99 MB that is not there": content(struct.pack("<Q", 99 * 10**6) + b"{}"),
    "a header of 99 MB of nothing": sparse(struct.pack("<Q", 99 * 10**6) + b"{}"),
    "metadata of 2 MB": _repeated(b"x", 2 * 10**6, b'{"__metadata__":{"ganzoo":"', b'"}}'),
    "metadata of 600,000 empty lists": _repeated(
        b"[],",
        6 * 10**5,
        b'{"__metadata__":{"ganzoo.digests":"{}","ganzoo":"{\\"schema\\":2,\\"a\\":[',
        b'1]}"}}',
    ),
    "digests of 600,000 empty lists": _repeated(
        b"[],", 6 * 10**5, b'{"__metadata__":{"ganzoo":"{\\"schema\\":2}","ganzoo.digests":"[', b'1]"}}'
    ),
    "25,000 empty tensors": lambda path: path.write_bytes(
        put_together({k: v for i in range(25_000) for k, v in _one("U8", (0,), (0, 0), str(i)).items()}, b"")
    ),
    "20 GiB behind a small header": sparse(put_together(_one("U8", (2**34,), (0, 2**34)), b"")),
    "a tensor of 16 GiB": sparse(
        put_together(_one("U8", (2**34,), (0, 2**34)), b""),
        len(put_together(_one("U8", (2**34,), (0, 2**34)), b"")) + 2**34,
    ),
}
"""What is tried wherever safetensors are read."""
