"""What files were when they were last read: a second start compares their stamps and reads none of them."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from ganzoo.drafts import remove_old_drafts
from ganzoo.errors import GanzooError
from ganzoo.files import cache_folder, require_tensor_file, write_atomically
from ganzoo.image_files.keeping import not_kept
from ganzoo.image_files.places import ImagePlace

logger = logging.getLogger("ganzoo.datasets")

DIGEST: Final = 32
"""Bytes of a digest."""

_TOO_FRESH: Final = 2 * 10**9
"""Nanoseconds: a file changed so shortly before it was read may change again under the same stamp, since
disks count time in steps. It is read anew the next time.
"""

_MOST_CHECKED: Final = 20


@dataclass
class Index:
    """Stamps and digests of files, in the order of their names."""

    names: tuple[str, ...]
    stamps: npt.NDArray[np.int64]
    """`(N, 4)`, as `ImagePlace.stamps` gives them."""
    digests: npt.NDArray[np.uint8]
    """`(N, DIGEST)`"""
    made: int
    """When the stamps were taken, in nanoseconds."""
    checked: dict[str, list[int]] = field(default_factory=dict)
    """Stamps of the decoded images whose checksum was right, by their key."""

    def trusts(self, key: str, stamp: list[int] | None) -> bool:
        """Whether the file of a key is the one whose checksum was right."""
        return stamp is not None and self.checked.get(key) == stamp and stamp[2] < self.made - _TOO_FRESH

    def known(self, names: Sequence[str], stamps: npt.NDArray[np.int64]) -> list[bytes | None]:
        """The digest of each file that is as it was; None of those that have to be read."""
        same = np.zeros(len(names), bool)
        rows = np.arange(len(names))
        if tuple(names) != self.names:
            row_of = {name: row for row, name in enumerate(self.names)}
            rows = np.array([row_of.get(name, -1) for name in names], np.int64)
        present = rows >= 0
        recorded = self.stamps[rows[present]]
        is_old = recorded[:, 1:3].max(axis=1, initial=0) < self.made - _TOO_FRESH
        same[present] = (recorded == stamps[present]).all(axis=1) & is_old & (recorded[:, 1] > 0)
        raw = self.digests.tobytes()
        return [
            raw[row * DIGEST : (row + 1) * DIGEST] if is_same else None
            for row, is_same in zip(rows.tolist(), same.tolist(), strict=True)
        ]


def _path(place: ImagePlace, part: str) -> Path:
    key = os.fsencode(f"{place.path.absolute()}\0{part}")
    return cache_folder() / "index" / f"{hashlib.blake2b(key, digest_size=16).hexdigest()}.safetensors"


def recall(place: ImagePlace, part: str) -> Index:
    """The index of one part of a place, such as a split; an empty one where there is none that is whole."""
    try:
        path = _path(place, part)
        if path.exists():
            require_tensor_file(path)
            with safe_open(path, "np") as file:
                metadata = file.metadata() or {}
                names = bytes(file.get_tensor("names")).decode("utf-8", "surrogateescape").split("\0")
                found = Index(
                    tuple(names),
                    file.get_tensor("stamps"),
                    file.get_tensor("digests"),
                    int(metadata["made"]),
                    json.loads(metadata["checked"]),
                )
            if not isinstance(found.checked, dict):
                raise TypeError("what was checked is no table")
            if found.stamps.shape == (len(names), 4) and found.digests.shape == (len(names), DIGEST):
                return found
    except (
        OSError, SafetensorError, GanzooError, KeyError, MemoryError, RuntimeError, TypeError, ValueError,
    ) as error:  # fmt: skip
        logger.warning("ignoring what the cache says of %s, which can't be read: %s", place.path, error)
    return Index((), np.zeros((0, 4), np.int64), np.zeros((0, DIGEST), np.uint8), 0)


def remember(place: ImagePlace, part: str, index: Index) -> None:
    """Keeps an index. Where that is impossible the next start reads all files; under `must_keep` it is a
    GanzooError.
    """
    checked = dict(list(index.checked.items())[-_MOST_CHECKED:])
    tensors = {
        "names": np.frombuffer("\0".join(index.names).encode("utf-8", "surrogateescape"), np.uint8),
        "stamps": index.stamps,
        "digests": index.digests,
    }
    metadata = {"made": str(index.made), "checked": json.dumps(checked)}
    try:
        path = _path(place, part)
        path.parent.mkdir(parents=True, exist_ok=True)
        remove_old_drafts(path.parent)
        write_atomically(
            path,
            lambda temporary: save_file(
                {name: torch.from_numpy(np.array(array)) for name, array in tensors.items()},
                temporary,
                metadata=metadata,
            ),
        )
    except (OSError, SafetensorError, GanzooError) as error:
        not_kept(f"the stamps of the files in {place.path} are", error, logging.DEBUG)


_VERIFYING: Final = ContextVar("verifying", default=False)


@contextmanager
def verifying(is_wanted: bool = True) -> Iterator[None]:
    """Has every file read meanwhile, whatever its stamp."""
    token = _VERIFYING.set(is_wanted)
    try:
        yield
    finally:
        _VERIFYING.reset(token)


def is_verifying() -> bool:
    """Whether every file is to be read."""
    return _VERIFYING.get()


def now() -> int:
    """The time in nanoseconds, as disks stamp files."""
    return time.time_ns()
