"""Drafts: what a file or a folder is written to before it is renamed, and what a kill leaves of them."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import sys
import time
from pathlib import Path
from typing import Final

_DAY: Final = 24 * 60 * 60
"""Seconds."""


def draft_of(path: Path, suffix: str = "") -> Path:
    """Where this process writes what becomes the file or folder at a path."""
    return path.with_name(f".{path.name}.{os.getpid()}.tmp{suffix}")


def remove_drafts(path: Path) -> None:
    """Removes what processes that died while they wrote this file or folder have left beside it.

    This one's own number is among theirs where it is given anew, as in containers, in which it is always the
    same.
    """
    name = re.compile(rf"\.{re.escape(path.name)}\.(\d+)\.tmp(\..*)?")
    with contextlib.suppress(OSError):  # a folder that can't be listed may still be written to
        for draft in path.parent.iterdir():
            found = name.fullmatch(draft.name)
            if found and not _is_another_process(int(found[1])):
                _remove(draft)


def remove_old_drafts(folder: Path) -> None:
    """Removes temporary files that nobody has written to for a day, whatever they were to become.

    For a folder that several machines may share, where the number of a process says nothing.
    """
    with contextlib.suppress(OSError):
        for draft in folder.glob(".*.tmp*"):
            if draft.lstat().st_mtime < time.time() - _DAY:
                _remove(draft)


def _remove(draft: Path) -> None:
    if draft.is_dir() and not draft.is_symlink():
        shutil.rmtree(draft, ignore_errors=True)
    else:
        draft.unlink(missing_ok=True)


def _is_another_process(number: int) -> bool:
    """Whether a process other than this one may have this number."""
    if number == os.getpid():
        return False
    if sys.platform == "win32":  # where the question would be a Ctrl-C
        return True
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):  # it is somebody else's
        return True
    return True
