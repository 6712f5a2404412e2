"""Blocks of steps on a scripted device: the order of the calls, and the arithmetic."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import count

import pytest

from ganzoo.benchmark.measure.clocks import (
    BLOCK_STEPS,
    Block,
    HostClock,
    ProcessorClock,
    steps_in_block,
    take_block,
)


class ScriptedClock:
    """A device on which every step takes as long as a script says, long after the host handed it over."""

    name = "scripted"

    def __init__(self, times_ns: list[int], calls: list[str]) -> None:
        self._times, self._calls = times_ns, calls
        self._reached = 0
        self._marks = 0
        self._has_waited = False

    def mark(self) -> int:
        self._calls.append("mark")
        self._marks += 1
        if self._marks > 1:
            self._reached += self._times[self._marks - 2]
        return self._reached

    def wait(self) -> None:
        self._calls.append("wait")
        self._has_waited = True

    def between_ns(self, begin: int, end: int) -> int:
        assert self._has_waited, "a mark that the device has not passed was read"
        return end - begin


def host() -> Iterator[int]:
    return count(1000, 100)


def test_a_block_marks_every_step_and_waits_once() -> None:
    calls: list[str] = []
    readings = host()

    def now() -> int:
        calls.append("host")
        return next(readings)

    block = take_block(ScriptedClock([7, 11, 5], calls), lambda: calls.append("step"), 3, now)

    assert calls == [
        "host", "mark", "step", "mark", "step", "mark", "step", "mark", "host", "wait", "host",
    ]  # fmt: skip
    assert block == Block(samples_ns=(7, 11, 5), wall_ns=200, dispatch_ns=100)


def test_the_host_clock_is_never_zero() -> None:
    clock = HostClock()

    assert clock.between_ns(5, 5) == 1
    assert clock.between_ns(5, 9) == 4


def test_a_block_lasts_about_a_twentieth_of_a_second() -> None:
    assert steps_in_block(1e6) == 50
    assert steps_in_block(4e8) == 1
    assert steps_in_block(1e3) == BLOCK_STEPS
    assert steps_in_block(0) == BLOCK_STEPS


def test_a_real_block_is_as_long_as_its_steps() -> None:
    clock = HostClock()

    def step() -> None:
        began = clock.mark()
        while clock.mark() - began < 2_000_000:
            pass

    block = take_block(clock, step, 5)

    assert len(block.samples_ns) == 5
    assert all(sample >= 2_000_000 for sample in block.samples_ns)
    assert sum(block.samples_ns) <= block.dispatch_ns <= block.wall_ns
    assert sum(block.samples_ns) == pytest.approx(block.wall_ns, abs=500_000)


def test_the_processors_clock_stands_still_while_a_process_waits() -> None:
    block = take_block(ProcessorClock(), lambda: time.sleep(0.1), 1)

    assert block.samples_ns[0] < 50_000_000
    assert block.wall_ns >= 100_000_000
