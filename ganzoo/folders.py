"""New folders: made whole or not at all, and never over something that is there."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from ganzoo.errors import GanzooError, UsageError
from ganzoo.files import remedy, sync_folder


@contextlib.contextmanager
def new_folder(path: Path, *, kept: str) -> Iterator[Path]:
    """Gives a folder to fill, which becomes `path` at the end: whole, or not there at all.

    Args:
        path: new, or an empty folder.
        kept: why what is there already is not touched: "a run is never overwritten".

    Raises:
        UsageError: there is something already.
        GanzooError: the disk refuses.
    """
    if os.path.lexists(path) and (not path.is_dir() or any(path.iterdir())):
        what = "is a file" if path.exists() else "is a link to nothing"
        what = "is not empty" if path.is_dir() else what
        raise UsageError(f"{path} {what}, and {kept}; choose another folder with --out")
    if not path.name:  # the folder that the process is in
        raise UsageError(f"{path} can't be replaced by a new folder; name another with --out")
    final = path.resolve() if path.is_symlink() else path  # a folder can take the place of a folder only
    temporary = final.with_name(f".{final.name}.{os.getpid()}.tmp")
    done = "made"
    try:
        _remove_drafts(final)
        temporary.mkdir(parents=True)
        done = "written"
        yield temporary
        if final.exists():
            final.rmdir()
        temporary.rename(final)
        sync_folder(final.parent)
    except OSError as error:
        raise GanzooError(
            f"{path} can't be {done}: {error.strerror or error}\n"
            f"{remedy(error, 'choose another folder with --out')}"
        ) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _remove_drafts(path: Path) -> None:
    """Removes what processes that died while they made this folder have left beside it.

    This one's own number is among theirs where it is given anew, as in containers, in which it is always the
    same.
    """
    name = re.compile(rf"\.{re.escape(path.name)}\.(\d+)\.tmp")
    with contextlib.suppress(OSError):  # a folder that can't be listed may still be written to
        for draft in path.parent.iterdir():
            found = name.fullmatch(draft.name)
            if found and not _is_another_process(int(found[1])):
                shutil.rmtree(draft, ignore_errors=True)


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
