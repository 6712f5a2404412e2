"""The kernels of a recording, by name and by category."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from ganzoo.trace.categories import categorise
from ganzoo.trace.events import GpuEvent, HostEvent
from ganzoo.trace.launches import Callers
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


def summarise(
    kernels: Sequence[GpuEvent], callers: Callers, host: Sequence[HostEvent]
) -> tuple[tuple[Kernel, ...], tuple[Category, ...]]:
    """The tables by name and by category, the largest time first.

    Args:
        kernels: the events.
        callers: the call that launched each.
        host: every operator; the one from whose inside a kernel was launched tells what it computes.
    """
    operator_of = innermost(host, {call for call in callers if call is not None})
    durations: dict[str, list[int]] = defaultdict(list)
    calls_in: dict[str, int] = defaultdict(int)
    time_in: dict[str, int] = defaultdict(int)
    time_of: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for kernel, call in zip(kernels, callers, strict=True):
        category = categorise(kernel.name, operator_of.get(call) if call is not None else None)
        durations[kernel.name].append(kernel.duration)
        calls_in[category] += 1
        time_in[category] += kernel.duration
        time_of[kernel.name][category] += kernel.duration
    table = [
        Kernel(
            name=name,
            category=min(time_of[name], key=lambda category: (-time_of[name][category], category)),
            calls=len(taken),
            total=sum(taken),
            shortest=min(taken),
            longest=max(taken),
        )
        for name, taken in durations.items()
    ]
    categories = [Category(name, calls_in[name], time_in[name]) for name in calls_in]
    return (
        tuple(sorted(table, key=lambda row: (-row.total, -row.calls, row.name))),
        tuple(sorted(categories, key=lambda row: (-row.total, -row.calls, row.name))),
    )
