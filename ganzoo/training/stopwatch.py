"""A stopwatch that can look away: time spent training, without what lies between."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Stopwatch:
    """Adds up what a clock says.

    Args:
        clock: the seconds now, such as `time.monotonic`, or `time.process_time` for the processor's time.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._began = clock()

    @property
    def seconds(self) -> float:
        """Seconds so far."""
        return self._clock() - self._began

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Leaves out what is spent inside."""
        began = self._clock()
        yield
        self._began += self._clock() - began

    def add(self, seconds: float) -> None:
        """Counts what another has measured before."""
        self._began -= seconds
