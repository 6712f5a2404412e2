"""Standard output and error: closed, full, or not to be coloured."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import IO

from ganzoo.errors import GanzooError


def wants_no_colour() -> bool:
    """Whether colours and bold are left out: as `NO_COLOR` asks (no-color.org), or a dumb terminal does."""
    return bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"


def require_open() -> None:
    """Refuses to begin where standard output is closed; what is said on a closed standard error is lost.

    The descriptors are held: the next file that is opened would take their place, and be written into.

    Raises:
        GanzooError: standard output is closed.
    """
    held = os.open(os.devnull, os.O_RDWR)
    while held <= 2:
        held = os.open(os.devnull, os.O_RDWR)
    os.close(held)
    if sys.stderr is None:
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115, it stays open
    if sys.stdout is None:
        raise GanzooError(
            "standard output is closed, and what a command prints would be lost; send it to a file, or to "
            f"{os.devnull}"
        )


def failure(stream: IO[str] | None) -> OSError | None:
    """Why a stream can't be written, where it can't. It is silenced then: Python would complain of it."""
    if stream is None:
        return None
    try:
        stream.write("\n")
        stream.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        return error
    return None
