"""Timing a block of steps: marks between the steps, and one wait at the end.

A device that works behind the host's back is not waited for between two steps: that would take away
its run-ahead and count the gaps as work.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final, Protocol

Step = Callable[[], object]
"""One unit of work, without arguments."""

BLOCK_NS: Final = 50_000_000
"""About how long a block lasts."""

BLOCK_STEPS: Final = 64
"""Most steps of a block, so that the device's queue stays short."""


class Clock(Protocol):
    """Marks points in a device's stream of work."""

    name: str

    def mark(self) -> Any:
        """Marks the point that the work handed to the device so far has reached."""

    def wait(self) -> None:
        """Returns when the device has done everything."""

    def between_ns(self, begin: Any, end: Any) -> int:
        """Nanoseconds between two marks that the device has passed."""


class HostClock:
    """The CPU's clock: what is handed to the CPU is done when the call returns."""

    name = "perf-counter"

    def mark(self) -> int:
        """Reads the clock."""
        return time.perf_counter_ns()

    def wait(self) -> None:
        """Nothing to wait for."""

    def between_ns(self, begin: int, end: int) -> int:
        """The difference; at least 1, since a time is positive."""
        return max(1, end - begin)


class ProcessorClock(HostClock):
    """Time that this process had of the CPU, over all its threads, without what others make it wait for."""

    name = "process-time"

    def mark(self) -> int:
        """Reads the clock."""
        return time.process_time_ns()


@dataclass(frozen=True)
class Block:
    """The times of some consecutive steps."""

    samples_ns: tuple[int, ...]
    wall_ns: int
    """From before the first step until the device had done the last."""
    dispatch_ns: int
    """From before the first step until the host had handed over the last."""


def take_block(
    clock: Clock, step: Step, steps: int, host_ns: Callable[[], int] = time.perf_counter_ns
) -> Block:
    """Takes some steps on a device that has nothing else to do, and waits for them once."""
    began = host_ns()
    marks = [clock.mark()]
    for _ in range(steps):
        step()
        marks.append(clock.mark())
    dispatched = host_ns()
    clock.wait()
    ended = host_ns()
    samples = tuple(clock.between_ns(begin, end) for begin, end in pairwise(marks))
    return Block(samples, ended - began, dispatched - began)


def steps_in_block(step_ns: float) -> int:
    """How many steps make a block."""
    return max(1, min(BLOCK_STEPS, round(BLOCK_NS / max(step_ns, 1))))
