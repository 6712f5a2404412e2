"""Locks between the workers of a study. The operating system holds them: a killed worker leaves none behind.

A child process that inherits a locked file holds the lock as well: the training of a killed worker keeps it
until it has ended.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from io import FileIO
from pathlib import Path
from typing import Final

from ganzoo.errors import GanzooError
from ganzoo.runs.lock import lock_now, unfollowed

_PAUSE: Final = 0.02
"""Seconds between two tries."""


def try_lock(path: Path) -> FileIO | None:
    """Opens a file and locks it until it is closed; None where somebody else holds the lock.

    Raises:
        GanzooError: the file can't be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.ExitStack() as stack:
            file = stack.enter_context(open(path, "ab", buffering=0, opener=unfollowed))
            lock_now(file.fileno())
            stack.pop_all()
            return file
    except BlockingIOError:
        return None
    except OSError as error:
        raise GanzooError(f"{path} can't be written: {error.strerror or error}") from error


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Waits for a lock, and holds it meanwhile."""
    while (file := try_lock(path)) is None:
        time.sleep(_PAUSE)
    with file:
        yield


class JournalLock:
    """The lock of Optuna's journal, as its `JournalFileBackend` asks for one before it writes.

    Args:
        path: the file that is locked.
        journal: what is written. A last line that a full disk or a kill has cut is removed first: what is
            added would become a part of it, and all later lines unreadable.
    """

    def __init__(self, path: Path, journal: Path) -> None:
        self._path, self._journal = path, journal
        self._file: FileIO | None = None

    def acquire(self) -> bool:
        """Waits for the lock."""
        while (file := try_lock(self._path)) is None:
            time.sleep(_PAUSE)
        self._file = file
        _remove_half_a_line(self._journal)
        return True

    def release(self) -> None:
        """Gives it up."""
        if self._file is not None:
            self._file.close()
            self._file = None


def _remove_half_a_line(path: Path) -> None:
    """Cuts a file behind its last line break."""
    with path.open("r+b") as file:
        end = file.seek(0, os.SEEK_END)
        if end:
            file.seek(end - 1)
            if file.read(1) != b"\n":
                file.seek(0)
                file.truncate(file.read(end).rfind(b"\n") + 1)
