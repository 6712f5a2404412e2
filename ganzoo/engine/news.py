"""How the other processes of a training hear that the main one is done with what only it does."""

from __future__ import annotations

import os
import time
from datetime import timedelta
from typing import Final

from torch.distributed import Store, TCPStore  # type: ignore[attr-defined]

MEETING: Final = timedelta(minutes=5)
"""How long a process waits for the others at the start."""

_FAREWELL: Final = 5.0
"""Seconds that a main process which has failed gives the others to hear of it."""

_PORT_KEY: Final = "ganzoo/port of the main process"
_HEARERS: Final = "hearers"


class News:
    """How the others hear that the main process has ended something that only it does, or has ended itself.

    The store lies in the main process, so it is gone when that is: also when it was killed.
    """

    def __init__(self, shared: Store, rank: int) -> None:
        self._number = 0
        if rank == 0:
            self._store = TCPStore("localhost", 0, is_master=True, wait_for_workers=False)
            shared.set(_PORT_KEY, str(self._store.port))
        else:
            shared.wait([_PORT_KEY], MEETING)
            self._store = TCPStore(
                os.environ["MASTER_ADDR"], int(shared.get(_PORT_KEY)), is_master=False, wait_for_workers=False
            )

    def tell(self, what: str) -> None:
        """Says "done" or "failed" of the next thing."""
        self._number += 1
        self._store.set(f"end {self._number}", what)
        self._store.delete_key(f"end {self._number - 1}")  # everyone has heard that

    def await_end(self) -> None:
        """Waits for the end of the next thing, without a time limit.

        Raises:
            RuntimeError: the main process has failed or is gone.
        """
        self._number += 1
        key, pause = f"end {self._number}", 0.001
        while not self._store.check([key]):
            time.sleep(pause)
            pause = min(2 * pause, 0.1)
        if self._store.get(key) != b"done":
            self._store.add(_HEARERS, 1)
            raise RuntimeError("the main process failed")

    def await_hearers(self, count: int) -> None:
        """Waits a little, so that the others hear of a failure before the store is gone."""
        deadline = time.monotonic() + _FAREWELL
        while self._store.add(_HEARERS, 0) < count and time.monotonic() < deadline:
            time.sleep(0.01)
