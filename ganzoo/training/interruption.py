"""Stopping between two steps when the user (Ctrl-C) or the system (SIGTERM) asks for it."""

from __future__ import annotations

import signal
import threading
from pathlib import Path
from types import FrameType
from typing import Any, Self

from ganzoo.errors import GanzooError


class InterruptedTraining(GanzooError):  # noqa: N818, it is no error
    """Training stopped because it was asked to; everything is saved."""

    def __init__(self, message: str, signal_number: int) -> None:
        super().__init__(message)
        self.exit_code = 128 + signal_number  # type: ignore[misc]

    def __reduce__(self) -> tuple[type[InterruptedTraining], tuple[str, int]]:
        """Lets it pass from one process to another: a pool of processes hangs on an exception that can't."""
        return type(self), (str(self), self.exit_code - 128)


class Interruption:
    """Notes a signal instead of dying of it. A second one acts as if this were not here."""

    def __init__(self) -> None:
        self._signal: int | None = None
        self._previous: dict[int, Any] = {}

    def __enter__(self) -> Self:
        # Python delivers signals to the main thread only; elsewhere the caller decides.
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._previous[number] = signal.signal(number, self._note)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)

    def _note(self, number: int, _frame: FrameType | None) -> None:
        self._signal = number
        signal.signal(number, self._previous[number])

    @property
    def requested(self) -> bool:
        """Whether a signal has arrived."""
        return self._signal is not None

    def stop(self, run: Path | None, processes: int) -> None:
        """Ends the training.

        Args:
            run: its folder; None in all processes but the main one.
            processes: that train.

        Raises:
            InterruptedTraining: with the shell's exit code for the signal, 130 or 143.
        """
        # Of several processes one may have been asked alone; the others stop as if by Ctrl-C.
        start = "ganzoo" if processes == 1 else f"torchrun --nproc-per-node {processes} -m ganzoo"
        how = "" if run is None else f"; go on with: {start} train --resume {run}"
        raise InterruptedTraining(f"stopped as asked{how}", self._signal or signal.SIGINT)
