"""Counts the calls by which a folder is read and changed; at one the process dies, or the disk fails.

What goes through Python is counted: opening, each write to the system, syncing, renaming, deleting, making
folders, looking at them. safetensors writes a file in native code: that is one call here. The death is an
exception after which no call reaches the folder any more: on the disk that is what SIGKILL leaves, and the
next attack needs no new process.
"""

from __future__ import annotations

import builtins
import contextlib
import errno
import io
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NoReturn
from unittest import mock

import safetensors
import safetensors.torch

KILL: Final = "kill"
"""The process dies before the call."""

TORN: Final = "torn"
"""Half of the data is written, then the process dies."""

FULL: Final = "ENOSPC"
"""The disk is full: half of the data is written, and the call fails."""

BROKEN: Final = "EIO"
"""The disk is broken: the call fails."""

_PATH_CALLS: Final = (
    "replace", "rename", "unlink", "remove", "mkdir", "rmdir", "open", "truncate",
    "stat", "scandir", "listdir",
)  # fmt: skip
_DESCRIPTOR_CALLS: Final = ("fsync", "fdatasync", "ftruncate")


@dataclass(frozen=True)
class Call:
    """A call that was counted."""

    number: int
    name: str
    path: str

    @property
    def changes(self) -> bool:
        """Whether it may change the folder."""
        return self.name not in ("stat", "scandir", "listdir")

    @property
    def writes(self) -> bool:
        """Whether data is handed over, which may arrive in part."""
        return self.name in ("write", "save_file")


class Died(BaseException):
    """The process is dead, as far as the folder can tell."""


@contextlib.contextmanager
def meddling(folder: Path, deed: str = KILL, at: int | None = None) -> Iterator[list[Call]]:
    """Counts calls below a folder, and does the deed at one of them; gives those that were counted.

    Args:
        folder: what happens to it, below it or to its draft beside it is counted.
        deed: one of KILL, TORN, FULL, BROKEN.
        at: number of the call, from 1; None: at none.
    """
    meddler = _Meddler(folder, deed, at)
    with (
        mock.patch.multiple(os, **meddler.of_os()),
        mock.patch.multiple(safetensors.torch, save_file=meddler.save_file),
        mock.patch.object(io, "open", meddler.open),
        mock.patch.object(builtins, "open", meddler.open),
    ):
        yield meddler.calls


class _Meddler:
    """Stands between the process and the system."""

    def __init__(self, folder: Path, deed: str, at: int | None) -> None:
        self._folder, self._deed, self._at = os.path.realpath(folder), deed, at
        self._draft = os.path.realpath(folder.with_name(f".{folder.name}"))
        self._open, self._save_file = io.open, safetensors.torch.save_file
        self.calls: list[Call] = []
        self.is_dead = False

    def is_due(self, name: str, path: str) -> bool:
        """Counts a call; whether it is the one that fails, or writes a half.

        Raises:
            Died: the process dies before it, or is dead.
        """
        if self.is_dead:
            raise Died
        self.calls.append(Call(len(self.calls) + 1, name, path))
        if len(self.calls) != self._at:
            return False
        if self._deed == KILL:
            self.die()
        return True

    def die(self) -> NoReturn:
        """From now on nothing reaches the folder."""
        self.is_dead = True
        raise Died

    def concerns(self, path: str) -> bool:
        """Whether a path is the folder, its draft beside it or below either."""
        return path.startswith((self._folder, self._draft))

    def fail(self, path: str) -> NoReturn:
        """Dies where half was written, or fails as the disk does."""
        if self._deed == TORN:
            self.die()
        number = getattr(errno, self._deed)
        raise OSError(number, os.strerror(number), path)

    def of_os(self) -> dict[str, Callable[..., Any]]:
        """The functions of `os` that are counted."""
        return {name: self.of_path(name, getattr(os, name)) for name in _PATH_CALLS} | {
            name: self.of_descriptor(name, getattr(os, name)) for name in _DESCRIPTOR_CALLS
        }

    def of_path(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        """A function of `os` that takes a path first."""

        def call(path: Any, *arguments: Any, **options: Any) -> Any:
            if isinstance(path, int):
                return real(path, *arguments, **options)
            folder = Path(f"/proc/self/fd/{options['dir_fd']}" if options.get("dir_fd") is not None else "")
            where = os.path.realpath(folder / os.fspath(path))
            if self.concerns(where) and self.is_due(name, where):
                self.fail(where)
            return real(path, *arguments, **options)

        return call

    def of_descriptor(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        """A function of `os` that takes a descriptor first."""

        def call(descriptor: int, *arguments: Any) -> Any:
            path = os.path.realpath(f"/proc/self/fd/{descriptor}")
            if self.concerns(path) and self.is_due(name, path):
                self.fail(path)
            return real(descriptor, *arguments)

        return call

    def open(
        self,
        file: Any,
        mode: str = "r",
        buffering: int = -1,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
        closefd: bool = True,
        opener: Any = None,
    ) -> Any:
        """`open`, of which every write that reaches the system is counted too."""
        path = os.path.realpath(file) if isinstance(file, str | bytes | os.PathLike) else ""
        if not isinstance(path, str) or not path or not self.concerns(path):
            return self._open(file, mode, buffering, encoding, errors, newline, closefd, opener)
        if self.is_due("open", path):
            self.fail(path)
        if not set(mode) & set("wax+"):
            return self._open(file, mode, buffering, encoding, errors, newline, closefd, opener)
        raw = _Watched(path, mode.translate({ord("b"): None, ord("t"): None}), self)
        buffer = io.BufferedRandom(raw) if "+" in mode else io.BufferedWriter(raw)
        return buffer if "b" in mode else io.TextIOWrapper(buffer, encoding, errors, newline)

    def save_file(self, tensors: Any, filename: Any, metadata: Any = None) -> None:
        """The writer of safetensors, which may be stopped half-way."""
        path = os.path.realpath(filename)
        due = self.concerns(path) and self.is_due("save_file", path)
        if due and self._deed == BROKEN:
            raise safetensors.SafetensorError("I/O error: Input/output error (os error 5)")
        self._save_file(tensors, filename, metadata)
        if due:
            with self._open(path, "r+b") as file:
                file.truncate(Path(path).stat().st_size // 2)
            if self._deed == FULL:
                raise safetensors.SafetensorError("I/O error: No space left on device (os error 28)")
            self.fail(path)


class _Watched(io.FileIO):
    """A file whose writes are counted."""

    def __init__(self, path: str, mode: str, meddler: _Meddler) -> None:
        super().__init__(path, mode)
        self._path, self._meddler = path, meddler

    def write(self, data: Any) -> int:
        """Writes to the system; half of it where this is the call that fails; nothing of a dead process."""
        if self._meddler.is_dead:
            return memoryview(data).nbytes
        if self._meddler.is_due("write", self._path):
            half = memoryview(data).cast("B")[: memoryview(data).nbytes // 2]
            super().write(half)
            self._meddler.fail(self._path)
        return super().write(data) or 0
