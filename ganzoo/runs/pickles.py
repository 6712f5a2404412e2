"""Pickles of others' networks, read without running anything: they become tensors, containers and records.

A pickle is a program that names functions to call. Here each name is looked up in a table of our own; a class
of a network becomes a `Record`, which has its attributes and nothing else; any other name is refused.
"""

from __future__ import annotations

import io
import itertools
import pickle
import re
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor

from ganzoo.errors import GanzooError
from ganzoo.files import require_file
from ganzoo.text import printable
from ganzoo.zips import require_unpacked

_MOST: Final = 2**33
"""Bytes of a pickle."""

_MOST_PARTS: Final = 100_000
_DEEPEST: Final = 100
"""Parts of a network, and how many lie within one another; the same part may be in a pickle many times."""

_NETWORKS: Final = ("torch.nn.modules.", "training.networks", "R3GAN.")
"""Beginnings of the modules whose classes are parts of networks, and become records."""


_REFUSED: Final = re.compile(r"GLOBAL ([\w.]+) was not an allowed global")
"""Torch's words for what it would have to run."""


class Record:
    """What a pickle says of an object whose class is not looked at: its attributes."""


def read_pickle(path: Path) -> Any:
    """Reads a pickle as tensors, plain containers, numbers, texts and records.

    Raises:
        GanzooError: it can't be read, is no pickle, or names what would have to be run.
    """
    try:
        require_file(path, _MOST)
        with path.open("rb") as file:
            return _Reader(file).load()
    except GanzooError as error:
        raise GanzooError(f"{path} is refused: {error}") from None
    except Exception as error:  # of a damaged or hostile pickle nearly anything comes
        raise GanzooError(
            f"{path} is no pickle, or a damaged one: {printable(str(error)) or type(error).__name__}"
        ) from None


def is_zip(path: Path) -> bool:
    """Whether a file is one as `torch.save` writes it: an archive with a pickle and the memory of tensors."""
    require_file(path, _MOST)
    with path.open("rb") as file:
        return file.read(4) == b"PK\x03\x04"


def read_torch_file(path: Path) -> Any:
    """Reads what `torch.save` wrote as tensors, plain containers, numbers and texts, by torch's own reader of
    weights alone.

    Raises:
        GanzooError: it can't be read, or names what would have to be run.
    """
    try:
        require_unpacked(path)
        return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # of a damaged or hostile file nearly anything comes
        named = _REFUSED.search(str(error))
        if named:
            raise GanzooError(
                f"{path} is refused: it names {printable(named[1])}, which is no tensor"
            ) from None
        first = printable(str(error).partition("\n")[0])
        raise GanzooError(
            f"{path} can't be read as a file of torch: {first or type(error).__name__}"
        ) from None


def tensors_of(network: Any) -> dict[str, Tensor]:
    """The parameters and buffers of a network that was read as a record, by the names of its `state_dict`.

    Raises:
        GanzooError: a part of it lies within itself, or again and again within others.
    """
    return dict(_tensors(network, "", itertools.count(1)))


def _tensors(module: Any, prefix: str, counted: Iterator[int]) -> Iterator[tuple[str, Tensor]]:
    if next(counted) > _MOST_PARTS or prefix.count(".") > _DEEPEST:
        raise GanzooError("a network in it has parts within parts, or more of them, than any network has")
    attributes = vars(module) if isinstance(module, Record) else {}
    for group in ("_parameters", "_buffers"):
        held = attributes.get(group)
        for name, tensor in held.items() if isinstance(held, Mapping) else ():
            if isinstance(tensor, Tensor):
                yield f"{prefix}{name}", tensor
    inner = attributes.get("_modules")
    for name, part in inner.items() if isinstance(inner, Mapping) else ():
        yield from _tensors(part, f"{prefix}{name}.", counted)


class _Attributes(dict[str, Any]):
    """A dictionary whose class the pickle names."""


class _Reader(pickle.Unpickler):
    """Looks every name up in our own table."""

    def find_class(self, module_name: str, global_name: str, /) -> Any:
        """What stands for a name.

        Raises:
            GanzooError: it is not in the table.
        """
        known = _KNOWN.get((module_name, global_name))
        if known is not None:
            return known
        if module_name == "torch" and isinstance(dtype := getattr(torch, global_name, None), torch.dtype):
            return dtype
        if module_name.startswith(_NETWORKS) and global_name.isidentifier():
            return Record
        named = printable(f"{module_name}.{global_name}")
        raise GanzooError(f"it names {named}, which is neither a tensor nor a part of a network")


def _record(meta: Any) -> Record:
    """An object whose pickle brings the source text of its class along (`torch_utils/persistence.py`)."""
    record = Record()
    state = meta.get("state") if isinstance(meta, dict) else None
    if not isinstance(state, dict):
        raise GanzooError("an object in it has no state")
    vars(record).update(state)
    return record


def _storage(data: Any) -> Any:
    """The memory of a tensor; torch reads it by its own reader of weights alone."""
    storage = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    if not isinstance(storage, torch.storage.TypedStorage):
        raise GanzooError("it has something else where the memory of a tensor belongs")
    return storage


def _tensor(storage: Any, offset: Any, size: Any, stride: Any, *_others: Any) -> Tensor:
    numbers = [offset, *size, *stride]
    if not isinstance(storage, torch.storage.TypedStorage) or any(
        type(n) is not int or n < 0 for n in numbers
    ):
        raise GanzooError("a tensor in it is none")
    end = offset + 1 + sum((count - 1) * step for count, step in zip(size, stride, strict=True))
    if 0 not in size and end > storage._size():  # type: ignore[no-untyped-call]
        raise GanzooError("a tensor in it is larger than its memory")
    return torch.empty(0, dtype=storage.dtype).set_(storage._untyped_storage, offset, size, stride)


def _parameter(data: Any, *_others: Any) -> Any:
    return data


_KNOWN: Final[Mapping[tuple[str, str], Callable[..., Any]]] = {
    ("collections", "OrderedDict"): OrderedDict,
    ("builtins", "set"): set,
    ("__builtin__", "set"): set,
    ("dnnlib.util", "EasyDict"): _Attributes,
    ("torch", "Size"): tuple,
    ("torch._utils", "_rebuild_tensor_v2"): _tensor,
    ("torch._utils", "_rebuild_parameter"): _parameter,
    ("torch.storage", "_load_from_bytes"): _storage,
    ("torch_utils.persistence", "_reconstruct_persistent_obj"): _record,
}
"""All that a pickle may name, and what it is here."""
