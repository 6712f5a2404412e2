"""Operators of the host: their own time, and which of them launched a kernel."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ganzoo.trace.events import HostEvent


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
    """Sums up the operators, which are in order of time, by name, the largest own time first."""
    calls: dict[str, int] = defaultdict(int)
    total: dict[str, int] = defaultdict(int)
    threads: dict[object, _Thread] = defaultdict(_Thread)
    for operator in operators:
        calls[operator.name] += 1
        total[operator.name] += operator.duration
        threads[operator.thread].begin(operator)
    own: dict[str, int] = defaultdict(int)
    for thread in threads.values():
        thread.end()
        for name, time in thread.own.items():
            own[name] += time
    rows = [Operator(name, calls[name], total[name], own[name]) for name in calls]
    return tuple(sorted(rows, key=lambda row: (-row.own, -row.total, row.name)))


class _Thread:
    """Gives every moment of one thread to the operator that began last of those that run."""

    def __init__(self) -> None:
        self.own: dict[str, int] = defaultdict(int)
        self._running: list[HostEvent] = []
        self._clock = 0

    def begin(self, operator: HostEvent) -> None:
        """Lets an operator begin, none earlier than the one before."""
        self._run_until(operator.start)
        self._clock = max(self._clock, operator.start)
        self._running.append(operator)

    def end(self) -> None:
        """Lets all operators end."""
        self._run_until(max(operator.end for operator in self._running))

    def _run_until(self, time: int) -> None:
        """Lets the operators run until a moment, ending those that end before."""
        while self._running:
            top = self._running[-1]
            self.own[top.name] += max(min(top.end, time) - self._clock, 0)
            self._clock = max(self._clock, min(top.end, time))
            if top.end > time:
                return
            self._running.pop()


def innermost(operators: Iterable[HostEvent], calls: Iterable[HostEvent]) -> list[str | None]:
    """For each call the operator from whose inside, on the same thread, it was made; None outside of any.

    Args:
        operators: in order of time, as the calls.
        calls: of any thread.
    """
    found: list[str | None] = []
    threads: dict[object, list[HostEvent]] = defaultdict(list)
    coming = iter(operators)
    operator = next(coming, None)
    for call in calls:
        while operator is not None and operator.start <= call.start:
            _leave(threads[operator.thread], operator.start).append(operator)
            operator = next(coming, None)
        running = _leave(threads[call.thread], call.start)
        found.append(running[-1].name if running else None)
    return found


def _leave(running: list[HostEvent], time: int) -> list[HostEvent]:
    """Takes the operators that end before a moment off a stack of those that run."""
    while running and running[-1].end < time:
        running.pop()
    return running
