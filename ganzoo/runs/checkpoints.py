"""Checkpoints: tensors in safetensors, everything else as JSON in the same file's header.

No pickle is involved, so reading a stranger's checkpoint can't run code.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import safetensors
import safetensors.torch
import torch
from torch import Tensor, nn

from ganzoo.errors import GanzooError, UsageError
from ganzoo.files import kind_of_file, require_tensor_file, write_atomically
from ganzoo.settings.old_names import renew_metadata
from ganzoo.text import brief

SCHEMA: Final = 4
"""Version of what the header holds; 1 and 2, from before 0.1.0, are read as well."""

_HEADER_KEY: Final = "ganzoo"
_DAMAGED: Final = (ArithmeticError, MemoryError, OSError, RuntimeError, TypeError, ValueError)
"""What torch answers with to shapes, types and sizes that it does not have."""

_DIGESTS_KEY: Final = "ganzoo.digests"

_OWN: Final = ""
"""What the checksum of the metadata is called among those of the tensors; no tensor is called so."""


def write(path: Path, tensors: Mapping[str, Tensor], metadata: Mapping[str, Any]) -> None:
    """Writes a checkpoint, whole or not at all.

    Args:
        path: where to.
        tensors: any dtype, any device.
        metadata: what JSON can say.

    Raises:
        GanzooError: the disk refuses.
    """
    write_atomically(path, lambda temporary: save(temporary, tensors, metadata))


def save(path: Path, tensors: Mapping[str, Tensor], metadata: Mapping[str, Any]) -> None:
    """Writes a checkpoint as `write` does to a path that is a temporary one already.

    Raises:
        OSError: the disk refuses.
    """
    separate = separated(tensors)
    said = json.dumps({"schema": SCHEMA, **metadata})
    digests = {name: _digest(tensor) for name, tensor in separate.items()}
    header = {_HEADER_KEY: said, _DIGESTS_KEY: json.dumps({_OWN: _checksum(said.encode()), **digests})}

    try:
        safetensors.torch.save_file(separate, path, metadata=header)
    except safetensors.SafetensorError as error:
        raise _refused(error) from error


def _refused(error: safetensors.SafetensorError) -> OSError:
    """What the disk answers, whose number safetensors tells in words alone: "... (os error 28)"."""
    told = re.search(r"\(os error (\d+)\)", str(error))
    return OSError(str(error)) if told is None else OSError(number := int(told[1]), os.strerror(number))


def separated(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors as safetensors takes them: on the CPU, contiguous, no two in one memory.

    Tied weights are thus written under each of their names.
    """
    separate: dict[str, Tensor] = {}
    taken: set[int] = set()
    for name, tensor in tensors.items():
        mine = tensor.detach().cpu().contiguous()
        if mine.untyped_storage().data_ptr() in taken:
            mine = mine.clone()
        taken.add(mine.untyped_storage().data_ptr())
        separate[name] = mine
    return separate


def require_no_other_kind(path: Path) -> None:
    """Refuses a file that is known to be something else.

    Raises:
        UsageError: it is a picture, an archive, a text.
    """
    if kind := kind_of_file(path):
        raise UsageError(
            f"{path} is {kind}, not a checkpoint\n"
            "name a run folder, or one of the .safetensors files in its folder `checkpoints`"
        )


def by_step(folder: Path) -> dict[int, Path]:
    """The checkpoints of a folder by their steps, as their names say them; none where there is no folder."""
    found = {path.stem.removeprefix("step-"): path for path in folder.glob("step-*.safetensors")}
    return {int(step): path for step, path in found.items() if step.isascii() and step.isdecimal()}


def read_metadata(path: Path) -> dict[str, Any]:
    """Reads what a checkpoint says of itself.

    Raises:
        UsageError: there is no such file.
        GanzooError: the file is damaged, or is no checkpoint of ours.
    """
    if not path.exists():
        raise UsageError(f"there is no checkpoint {path}")
    with _opened(path) as file:
        header = file.metadata() or {}
        own = _digests(header, path).get(_OWN)
    if own is not None and own != _checksum(header.get(_HEADER_KEY, "").encode()):
        raise GanzooError(f"the checkpoint {path} is damaged: what it says of itself is not what was written")
    try:
        metadata = json.loads(header[_HEADER_KEY])
        schema = metadata["schema"]
    except (KeyError, TypeError, ValueError, RecursionError):
        raise GanzooError(f"{path} is a safetensors file, but not a GanZoo checkpoint") from None
    if schema in (1, 2, 3):
        return renew_metadata(dict(metadata), schema)
    if schema != SCHEMA:
        raise GanzooError(f"{path} has checkpoint schema {brief(schema)}; this GanZoo reads {SCHEMA}")
    return dict(metadata)


def read_tensors(path: Path, prefix: str = "") -> dict[str, Tensor]:
    """Reads the tensors whose names start with `prefix`, which is cut off.

    Raises:
        GanzooError: the file is damaged.
    """
    with _opened(path) as file:
        names = [name for name in file.keys() if name.startswith(prefix)]  # noqa: SIM118, no dict
        tensors = {name: file.get_tensor(name) for name in names}
        digests = _digests(file.metadata() or {}, path)
    lost = sorted(name for name in digests if name.startswith(prefix) and name not in {_OWN, *tensors})
    if lost:
        raise GanzooError(f"the checkpoint {path} is damaged: {lost[0]} is missing")
    for name, tensor in tensors.items():
        if digests.get(name) != _digest(tensor):
            raise GanzooError(f"the checkpoint {path} is damaged: {name} is not what was written")
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items()}


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """A safetensors file; whatever reading it raises becomes a sentence.

    Raises:
        GanzooError: the file can't be read, is damaged, or is no such file.
    """
    try:
        require_tensor_file(path)
        with safetensors.safe_open(path, framework="pt") as file:
            yield file
    except (*_DAMAGED, safetensors.SafetensorError) as error:
        if isinstance(error, OSError) and error.strerror:
            raise GanzooError(f"the checkpoint {path} can't be read: {error.strerror}") from error
        raise GanzooError(f"the checkpoint {path} is damaged: {error}") from None


def _digests(header: Mapping[str, str], path: Path) -> dict[str, Any]:
    """The checksums by name: of the tensors and, but in files from before it was written, of the metadata.

    Raises:
        GanzooError: they are no JSON object.
    """
    digests = json.loads(header.get(_DIGESTS_KEY, "{}"))
    if not isinstance(digests, dict):
        raise GanzooError(f"the checkpoint {path} is damaged: its checksums are no JSON object")
    return digests


def _digest(tensor: Tensor) -> str:
    """A checksum of a tensor's bytes: disks and copies flip bits that safetensors doesn't notice."""
    return _checksum(tensor.contiguous().flatten().view(torch.uint8).numpy().data)


def _checksum(data: bytes | memoryview) -> str:
    return hashlib.blake2b(data, digest_size=8).hexdigest()


def restore(network: nn.Module, path: Path, prefix: str) -> None:
    """Loads the weights named `prefix...` into a network, all or nothing.

    Raises:
        GanzooError: names, shapes or types differ: the checkpoint belongs to another network.
    """
    wanted = {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}
    found = read_shapes(path, prefix)
    # Compared before a tensor is read, so that no more is read than the network holds.
    for name in sorted(wanted.keys() | found.keys()):
        if wanted.get(name) != found.get(name):
            raise GanzooError(
                f"the checkpoint {path} does not fit the network it says it is of: {prefix}{name} is "
                f"{_shape(found.get(name))}, and the network's {_shape(wanted.get(name))}"
            )
    try:
        network.load_state_dict(read_tensors(path, prefix))
    except (RuntimeError, TypeError) as error:
        raise GanzooError(
            f"the checkpoint {path} does not fit the network it says it is of: {error}"
        ) from None


def read_shapes(path: Path, prefix: str = "") -> dict[str, tuple[int, ...]]:
    """The shapes of the tensors whose names start with `prefix`, which is cut off; none of them is read.

    Raises:
        GanzooError: the file is damaged.
    """
    with _opened(path) as file:
        names = [name for name in file.keys() if name.startswith(prefix)]  # noqa: SIM118, no dict
        return {name.removeprefix(prefix): tuple(file.get_slice(name).get_shape()) for name in names}


def _shape(shape: tuple[int, ...] | None) -> str:
    return "absent" if shape is None else "x".join(map(str, shape)) or "a number"
