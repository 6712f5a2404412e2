"""The lock of a run folder: one training at a time writes into it. Reading needs no lock.

The operating system holds it (flock, on Windows a locked byte) for as long as the process lives, so a process
that was killed leaves none behind, and a copied folder has none. The file `.lock` only says who holds it.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import socket
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path
from typing import Any, Final

from ganzoo.errors import GanzooError, UsageError
from ganzoo.files import read_text
from ganzoo.text import printable

NAME: Final = ".lock"
"""The file in the run folder."""

_MOST: Final = 2**16
"""Bytes of what says who holds it."""

_GLANCE: Final = 0.05
"""Seconds in which whoever only looks has let go of the lock."""

_FAR: Final = 2**30
"""The byte that is locked on Windows: nobody reads there."""


@contextlib.contextmanager
def held(run: Path | None) -> Iterator[None]:
    """Holds the lock of a run folder; None: of no folder, for the processes of a training that don't write.

    On a file system without locks, as some network disks are, nothing is held.

    Raises:
        UsageError: another training holds it; nothing was changed.
        GanzooError: the folder can't be written.
    """
    if run is None:
        yield
        return
    path = run / NAME
    with _locked(path, run) as file:
        with contextlib.suppress(OSError):  # a full disk: it is held all the same
            file.truncate(0)
            file.write(json.dumps(_me()).encode())
        try:
            yield
        finally:
            with contextlib.suppress(OSError):  # while it is held; Windows removes no open file
                path.unlink()


def _locked(path: Path, run: Path) -> FileIO:
    """The lock's file, opened and locked."""
    while True:
        with contextlib.ExitStack() as stack:
            try:
                file = stack.enter_context(open(path, "ab", buffering=0, opener=unfollowed))
                _lock_soon(file.fileno())
            except BlockingIOError:
                raise UsageError(_refusal(run, path)) from None
            except OSError as error:
                raise GanzooError(f"{path} can't be written: {error.strerror or error}") from error
            if _is_at(path, file):
                stack.pop_all()
                return file


def _is_at(path: Path, file: FileIO) -> bool:
    """Whether the open file is still there: its last holder may have removed it, and it locks nothing."""
    with contextlib.suppress(FileNotFoundError):
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    return False


def unfollowed(path: str, flags: int) -> int:
    """An opener for `open`, which follows no link and waits for no pipe that a stranger has put there."""
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0), 0o666)


def _lock_soon(descriptor: int) -> None:
    """Locks an open file, at the second try where somebody was just looking whether it is held."""
    try:
        lock_now(descriptor)
    except BlockingIOError:
        time.sleep(_GLANCE)
        lock_now(descriptor)


def lock_now(descriptor: int) -> None:
    """Locks an open file, without waiting, where its file system has locks.

    Raises:
        BlockingIOError: another process holds it.
    """
    if sys.platform == "win32":
        import msvcrt

        try:
            os.lseek(descriptor, _FAR, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError as error:
            raise BlockingIOError from error
    else:
        import fcntl

        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise
        except OSError as error:
            if error.errno not in (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP):
                raise


def is_held(run: Path) -> bool:
    """Whether a training holds the lock of a run folder, as far as its file system has locks.

    Looking takes the lock for a moment, and only where a holder has left its file.
    """
    try:
        with open(run / NAME, "rb", buffering=0, opener=unfollowed) as file:
            lock_now(file.fileno())
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def was_left(run: Path) -> bool:
    """Whether the last holder of the lock has left its file, as a process does that is killed."""
    return os.path.lexists(run / NAME) and not is_held(run)


def _me() -> dict[str, Any]:
    since = datetime.now(UTC).isoformat(timespec="seconds")
    return {"process": os.getpid(), "host": socket.gethostname(), "since": since}


def _refusal(run: Path, path: Path) -> str:
    try:
        holder = json.loads(read_text(path, _MOST))
        who = f"process {holder['process']} on {holder['host']} since {holder['since']}"
    except (OSError, ValueError, KeyError, TypeError, RecursionError):  # it is about to write it
        who = "another process"
    return (
        f"the run {run} is being trained by {printable(who, 200)}\n"
        "stop that training first (Ctrl-C, or SIGTERM; it writes a checkpoint), or train a copy of the folder"
    )
