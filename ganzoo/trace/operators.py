"""Operators of the host: their own time, and which of them launched a kernel."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ganzoo.trace.events import HostEvent

_Threads = Mapping[object, Sequence[HostEvent]]


@dataclass(frozen=True)
class Operator:
    """All calls of one operator, on every thread. Times in nanoseconds."""

    name: str
    calls: int
    total: int
    """With the operators that it calls; a recursive call counts again."""
    own: int
    """Without them. The own times of all operators add up to the time in which any ran, by thread."""


def summarise(operators: Sequence[HostEvent]) -> tuple[Operator, ...]:
    """Sums up the operators by name, the largest own time first."""
    calls: dict[str, int] = defaultdict(int)
    total: dict[str, int] = defaultdict(int)
    own: dict[str, int] = defaultdict(int)
    for operator in operators:
        calls[operator.name] += 1
        total[operator.name] += operator.duration
    for thread in _by_thread(operators).values():
        _add_own_times(thread, own)
    rows = [Operator(name, calls[name], total[name], own[name]) for name in calls]
    return tuple(sorted(rows, key=lambda row: (-row.own, -row.total, row.name)))


def _by_thread(events: Iterable[HostEvent]) -> _Threads:
    """The events of each thread in order of time, the longer of two that start together first."""
    threads: dict[object, list[HostEvent]] = defaultdict(list)
    for event in events:
        threads[event.thread].append(event)
    for thread in threads.values():
        thread.sort(key=lambda event: (event.start, -event.duration, event.name))
    return threads


def _add_own_times(operators: Sequence[HostEvent], own: dict[str, int]) -> None:
    """Gives every moment of one thread to the operator that began last of those that run."""
    stack: list[HostEvent] = []
    clock = 0

    def run_until(time: int) -> None:
        """Lets the operators on the stack run until a moment, ending those that end before."""
        nonlocal clock
        while stack:
            top = stack[-1]
            own[top.name] += max(min(top.end, time) - clock, 0)
            clock = max(clock, min(top.end, time))
            if top.end > time:
                return
            stack.pop()

    for operator in operators:
        run_until(operator.start)
        clock = max(clock, operator.start)
        stack.append(operator)
    if operators:
        run_until(max(operator.end for operator in operators))


def innermost(operators: Iterable[HostEvent], calls: Iterable[HostEvent]) -> dict[HostEvent, str]:
    """The operator from whose inside, on the same thread, each call was made; calls of no operator lack."""
    threads = _by_thread(operators)
    found: dict[HostEvent, str] = {}
    for thread, made in _by_thread(calls).items():
        coming = iter(threads.get(thread, ()))
        operator = next(coming, None)
        stack: list[HostEvent] = []
        for call in made:
            while operator is not None and operator.start <= call.start:
                while stack and stack[-1].end < operator.start:
                    stack.pop()
                stack.append(operator)
                operator = next(coming, None)
            while stack and stack[-1].end < call.start:
                stack.pop()
            if stack:
                found[call] = stack[-1].name
    return found
