"""The kernels of a recording, by name and by category."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from ganzoo.trace.callers import UNKNOWN, Callers
from ganzoo.trace.categories import categorise
from ganzoo.trace.events import Trace
from ganzoo.trace.operators import innermost


@dataclass(frozen=True)
class Kernel:
    """All calls of one kernel."""

    name: str
    category: str
    """The one in which it spent most, where several operators use it."""
    calls: int
    total: int
    shortest: int
    longest: int


@dataclass(frozen=True)
class Category:
    """All kernels that do the same sort of work."""

    name: str
    calls: int
    total: int


def summarise(trace: Trace, callers: Callers) -> tuple[tuple[Kernel, ...], tuple[Category, ...]]:
    """The tables by name and by category, the largest time first.

    The operator from whose inside a kernel was launched tells what the kernel computes.
    """
    operator_of = innermost(trace.operators, trace.calls)
    kernels: dict[str, _Durations] = defaultdict(_Durations)
    categories: dict[str, _Durations] = defaultdict(_Durations)
    time_of: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for event, place in zip(trace.gpu, callers.places, strict=True):
        if event.kind != "kernel":
            continue
        category = categorise(event.name, operator_of[place] if place != UNKNOWN else None)
        kernels[event.name].add(event.duration)
        categories[category].add(event.duration)
        time_of[event.name][category] += event.duration
    table = [
        Kernel(
            name=name,
            category=min(time_of[name], key=lambda category: (-time_of[name][category], category)),
            calls=taken.count,
            total=taken.total,
            shortest=taken.shortest,
            longest=taken.longest,
        )
        for name, taken in kernels.items()
    ]
    by_category = [Category(name, taken.count, taken.total) for name, taken in categories.items()]
    return (
        tuple(sorted(table, key=lambda row: (-row.total, -row.calls, row.name))),
        tuple(sorted(by_category, key=lambda row: (-row.total, -row.calls, row.name))),
    )


@dataclass
class _Durations:
    """What is said of many durations."""

    count: int = 0
    total: int = 0
    shortest: int = 0
    longest: int = 0

    def add(self, duration: int) -> None:
        """Counts one more."""
        self.shortest = min(self.shortest, duration) if self.count else duration
        self.longest = max(self.longest, duration)
        self.count += 1
        self.total += duration
