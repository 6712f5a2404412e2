"""How fast a training goes, how long the rest takes, and when a grid is due by time alone.

Nothing here decides a number of the training: times are read between its steps.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import Final

FIRST_GRID: Final = 20.0
"""Seconds of training after which the first grid by time is due."""

_NEWS: Final = 1.0
"""Seconds between two measurements: each waits for the device, which costs a GPU a moment."""

_WINDOW: Final = 300.0
"""Seconds of the past that tell the speed: long enough for checkpoints, short enough to follow a change."""


class Pace:
    """Measures the steps of a training as they are taken.

    Args:
        first_step: the steps that lie behind already.
        total_steps: where the training ends.
        synchronise: waits until the device has done what it was given: a step counts when it is taken.
        clock: seconds; of the machine, where a test has none of its own.
    """

    def __init__(
        self,
        first_step: int,
        total_steps: int,
        synchronise: Callable[[], object] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._first, self._total = first_step, total_steps
        self._synchronise, self._clock = synchronise, clock
        self._began = clock()
        self._marks: deque[tuple[int, float]] = deque()
        self._followers: list[Callable[[], object]] = []
        self.step = first_step
        """Steps that have been taken, those before a resumption included."""

    def follow(self, follower: Callable[[], object]) -> None:
        """Has a function called between two steps: from the second step on, about once a second at most."""
        self._followers.append(follower)

    def tick(self, step: int) -> None:
        """Notes that a step has been taken; the first one is not measured, for it warms up."""
        self.step = step
        if self._marks and len(self._marks) > 1 and self._clock() - self._marks[-1][1] < _NEWS:
            return
        self._synchronise()
        self._marks.append((step, self._clock()))
        while len(self._marks) > 2 and self._marks[-1][1] - self._marks[1][1] > _WINDOW:
            self._marks.popleft()
        if len(self._marks) > 1:
            for follower in self._followers:
                follower()

    @property
    def measured(self) -> tuple[int, float]:
        """The steps that the speed rests on, and the seconds that they took; none before the second step."""
        if not self._marks:
            return 0, 0.0
        (first, began), (last, ended) = self._marks[0], self._marks[-1]
        return last - first, ended - began

    @property
    def seconds_per_step(self) -> float | None:
        """The mean of the last minutes, with all that is recorded in between; None before the second step."""
        steps, seconds = self.measured
        return seconds / steps if steps else None

    @property
    def seconds(self) -> float:
        """Since the first step began."""
        return self._clock() - self._began

    @property
    def seconds_left(self) -> float | None:
        """Until the last step; None before the second one."""
        pace = self.seconds_per_step
        if pace is None:
            return None
        last, ended = self._marks[-1]
        return max(0.0, (self._total - last) * pace - (self._clock() - ended))


def grids_by_time(seconds: float) -> int:
    """How many grids `GridTimes` asks for in so long a time in which none is drawn for another reason."""
    grids = 0
    while FIRST_GRID * 2**grids < seconds:
        grids += 1
    return grids


class GridTimes:
    """Says when a grid is due by time: when the last one is as old as all the training before it.

    So there is one after 20 s, 40 s, 80 s and so on, fifteen in a week; none where grids come often anyway.

    Args:
        seconds: that the training has taken already.
    """

    def __init__(self, seconds: float) -> None:
        self._last = seconds

    def drawn(self, seconds: float) -> None:
        """Notes a grid, for whatever reason it was drawn."""
        self._last = seconds

    def is_due(self, seconds: float) -> bool:
        """Whether one is due after so many seconds of training."""
        return seconds - self._last >= max(FIRST_GRID, self._last)
