"""New folders: made whole or not at all, and never over something that is there."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from ganzoo.drafts import draft_of, remove_drafts
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
    temporary = draft_of(final)
    done = "made"
    try:
        remove_drafts(final)
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
