"""Counts the calls by which a process reads and changes a folder; at one it dies, or the disk fails.

What goes through Python is counted: opening, each write to the system, syncing, renaming, deleting, making
folders. safetensors writes a file in native code: that is one call here, and one system call after the other
in `benchmarks.soak.traced`.
"""

from __future__ import annotations

import builtins
import errno
import io
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NoReturn

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

_PATH_CALLS: Final = ("replace", "rename", "unlink", "remove", "mkdir", "rmdir", "open", "truncate")
_DESCRIPTOR_CALLS: Final = ("fsync", "fdatasync", "ftruncate")


@dataclass(frozen=True)
class Call:
    """A call that was counted."""

    number: int
    name: str
    path: str

    @property
    def writes(self) -> bool:
        """Whether data is handed over, which may arrive in part."""
        return self.name in ("write", "save_file")


def meddle(folder: Path, record: Path, deed: str = KILL, at: int | None = None) -> None:
    """Counts this process's calls below a folder from now on, and does the deed at one of them.

    Args:
        folder: what happens below it or to it is counted.
        record: a new file outside it, with a line for each call.
        deed: one of KILL, TORN, FULL, BROKEN.
        at: number of the call, from 1; None: at none.
    """
    meddler = _Meddler(folder, record, deed, at)
    for name in _PATH_CALLS:
        setattr(os, name, meddler.of_path(name, getattr(os, name)))
    for name in _DESCRIPTOR_CALLS:
        setattr(os, name, meddler.of_descriptor(name, getattr(os, name)))
    for module in (io, builtins):
        setattr(module, "open", meddler.open)  # noqa: B010, neither declares that it can be set
    safetensors.torch.save_file = meddler.save_file


def recorded(record: Path) -> list[Call]:
    """The calls that `meddle` has counted."""
    fields = (line.split("\t") for line in record.read_text(encoding="utf-8").splitlines())
    return [Call(int(number), name, path) for number, name, path in fields]


class _Meddler:
    """Stands between the process and the system."""

    def __init__(self, folder: Path, record: Path, deed: str, at: int | None) -> None:
        self._folder, self._deed, self._at = os.path.realpath(folder), deed, at
        self._draft = os.path.realpath(folder.with_name(f".{folder.name}"))
        self._number = 0
        self._record = os.open(record, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._open, self._save_file = io.open, safetensors.torch.save_file

    def is_due(self, name: str, path: str) -> bool:
        """Counts a call; whether it is the one. A process that is to be killed is dead then."""
        self._number += 1
        os.write(self._record, f"{self._number}\t{name}\t{path}\n".encode())
        if self._number != self._at:
            return False
        if self._deed == KILL:
            os.kill(os.getpid(), signal.SIGKILL)
        return True

    def concerns(self, path: str) -> bool:
        """Whether a path is the folder, its draft beside it or below either."""
        return path.startswith((self._folder, self._draft))

    def fail(self, path: str) -> NoReturn:
        """Dies where half was written, or fails as the disk does."""
        if self._deed == TORN:
            os.kill(os.getpid(), signal.SIGKILL)
        number = getattr(errno, self._deed)
        raise OSError(number, os.strerror(number), path)

    def of_path(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        """A function of `os` that takes a path first."""

        def call(path: Any, *arguments: Any, **options: Any) -> Any:
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
        """Writes to the system; half of it where this is the call that fails."""
        if self._meddler.is_due("write", self._path):
            half = memoryview(data).cast("B")[: memoryview(data).nbytes // 2]
            super().write(half)
            self._meddler.fail(self._path)
        return super().write(data) or 0
