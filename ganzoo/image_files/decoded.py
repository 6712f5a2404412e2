"""Decoded images, kept in the user's cache folder as safetensors under a key of their content.

A file is mapped into memory when it is read, so it may be larger than the memory.
"""

from __future__ import annotations

import hashlib
import json
import logging
import math
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from ganzoo.drafts import remove_old_drafts
from ganzoo.errors import GanzooError
from ganzoo.files import cache_folder, require_tensor_file
from ganzoo.image_files.keeping import not_kept

logger = logging.getLogger("ganzoo.datasets")

_CHUNK: Final = 2**26
"""Bytes that a checksum takes at once: a large file passes through memory in pieces."""

_HEADER: Final = 4096
"""Bytes that the header of a mapped file has room for, before its checksum is known."""


def decoded_path(key: str) -> Path:
    """Where decoded images with this key are kept."""
    return cache_folder() / "decoded" / f"{key}.safetensors"


def stamp_of(key: str) -> list[int] | None:
    """What tells whether the file of a key was changed; None where there is none."""
    try:
        status = decoded_path(key).stat()
    except (OSError, GanzooError):
        return None
    return [status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino]


def load_decoded(key: str, shape: Sequence[int], is_checked: bool = False) -> tuple[Tensor, list[int]] | None:
    """The images `(N, C, H, W)` uint8 stored under `key`, or None where there are none that are whole.

    Args:
        key: of their content.
        shape: `(N, C, H, W)` with those that were left out as damaged.
        is_checked: whether the file's checksum was found right before, and the file is the same.

    Returns:
        The images, and the numbers of the files that were left out as damaged.
    """
    try:
        path = decoded_path(key)
        if not path.exists():
            return None
        require_tensor_file(path)
        with safe_open(path, "pt") as file:
            images: Tensor = file.get_tensor("images")
            metadata = file.metadata() or {}
        broken = json.loads(metadata.get("broken", "[]"))
        if not isinstance(broken, list) or not all(type(n) is int and 0 <= n < shape[0] for n in broken):
            raise ValueError(f"{path} leaves out what there is none of")
        held = [len(images) + len(broken), *images.shape[1:]]
        if images.dtype != torch.uint8 or held != list(shape):
            raise ValueError(f"{path} holds other images")
    except (OSError, SafetensorError, GanzooError, MemoryError, RuntimeError, TypeError, ValueError) as error:
        logger.warning("ignoring decoded images in the cache that can't be read: %s", error)
        return None
    if not is_checked and metadata.get("blake2b") != _checksum(images):
        logger.warning("ignoring %s, which is damaged", path)
        return None
    return images, broken


def store_decoded(key: str, images: Tensor, broken: Sequence[int] = ()) -> None:
    """Keeps images (N, C, H, W) uint8 under `key`; the file appears whole or not at all.

    Where that is impossible the log says so, or under `must_keep` a GanzooError.
    """
    temporary: Path | None = None
    try:
        temporary = _temporary(key)
        save_file({"images": images}, temporary, metadata=_metadata(images, broken))
        _put_in_place(temporary, key)
    except (OSError, SafetensorError, GanzooError) as error:
        not_kept("the decoded images are", error)
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


class MappedImages:
    """Images `(N, C, H, W)` uint8 that are written in the cache folder itself: they may exceed the memory.

    Raises:
        GanzooError: the cache can't be written, or has no room.
    """

    def __init__(self, shape: Sequence[int]) -> None:
        size = math.prod(shape)
        try:
            self._path = _temporary("mapped")
            with self._path.open("r+b") as file:
                if hasattr(os, "posix_fallocate"):  # a full disk says so now, and not when it is written to
                    os.posix_fallocate(file.fileno(), 0, _HEADER + size)
                file.truncate(_HEADER + size)
        except OSError as error:
            self.discard()
            raise GanzooError(
                f"{size / 1e9:,.1f} GB of decoded images have no room in {cache_folder()}: "
                f"{error.strerror or error}. Choose a smaller size, or set GANZOO_CACHE to a larger disk"
            ) from error
        self.pixels: npt.NDArray[np.uint8] = np.memmap(
            self._path, np.uint8, "r+", offset=_HEADER, shape=tuple(shape)
        )
        """To be written; of any order."""

    def finish(self, key: str, kept: Sequence[int], broken: Sequence[int]) -> None:
        """Keeps some of the images under a key, in their order.

        Raises:
            GanzooError: the disk refuses.
        """
        for place, index in enumerate(kept):
            if place != index:
                self.pixels[place] = self.pixels[index]
        images = torch.from_numpy(self.pixels[: len(kept)])
        metadata = _metadata(images, broken)
        tensor = {"dtype": "U8", "shape": list(images.shape), "data_offsets": [0, images.nbytes]}
        header = json.dumps({"__metadata__": metadata, "images": tensor}).encode()
        try:
            if len(header) > _HEADER - 8:
                raise OSError("too many damaged files to list")
            with self._path.open("r+b") as file:
                file.write((_HEADER - 8).to_bytes(8, "little") + header.ljust(_HEADER - 8))
                file.truncate(_HEADER + images.nbytes)
            _put_in_place(self._path, key)
        except OSError as error:
            raise GanzooError(f"{self._path} can't be written: {error.strerror or error}") from error

    def discard(self) -> None:
        """Removes what was written, unless it was finished."""
        if path := getattr(self, "_path", None):
            path.unlink(missing_ok=True)


def _temporary(key: str) -> Path:
    path = decoded_path(key)
    path.parent.mkdir(parents=True, exist_ok=True)
    remove_old_drafts(path.parent)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{key[:16]}-", suffix=".tmp")
    os.close(descriptor)
    return Path(name)


def _put_in_place(temporary: Path, key: str) -> None:
    with temporary.open("rb") as file:
        os.fsync(file.fileno())
    temporary.replace(decoded_path(key))


def _metadata(images: Tensor, broken: Sequence[int]) -> dict[str, Any]:
    return {"blake2b": _checksum(images), "broken": json.dumps(list(broken))}


def _checksum(images: Tensor) -> str:
    checksum = hashlib.blake2b(digest_size=32)
    flat = images.contiguous().view(-1)
    for start in range(0, len(flat), _CHUNK):
        checksum.update(flat[start : start + _CHUNK].numpy().data)
    return checksum.hexdigest()
