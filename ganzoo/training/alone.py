"""One training at a time in a process: two would draw from the same random numbers."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from ganzoo.errors import UsageError

_guard = threading.Lock()
_trains_in: int | None = None
"""The process that trains; in a fork of it, another one than the fork itself."""


@contextmanager
def alone() -> Iterator[None]:
    """Refuses to surround a second training while the first is under way.

    Raises:
        UsageError: another thread trains, or an observer begins a training of its own.
    """
    global _trains_in
    with _guard:
        if _trains_in == os.getpid():
            raise UsageError(
                "a training is under way in this process, and two would draw from the same random numbers: "
                "neither could be repeated; wait for its end, or start another process"
            )
        _trains_in = os.getpid()
    try:
        yield
    finally:
        _trains_in = None
