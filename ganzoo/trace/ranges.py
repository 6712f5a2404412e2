"""Which kernels belong to which named range: those that were launched inside it, on any thread.

Not by the kernel's own time, because the GPU runs behind the host (76 ms in one recording), and not by
thread, because autograd launches the backward pass from its own.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import accumulate

from ganzoo.trace.columns import Events
from ganzoo.trace.events import GpuEvent, HostEvent
from ganzoo.trace.intervals import Stretch, union

Launched = Events[GpuEvent] | Events[HostEvent]
"""The kernels whose call is known, each at the start of its call, in order."""


@dataclass(frozen=True)
class Range:
    """All stretches of one name together. Times in nanoseconds."""

    name: str
    instances: int
    kernels: int
    """Kernels launched inside it, each counted once however its instances overlap."""
    total: int
    """What those kernels took."""
    own_kernels: int
    """Kernels for which no other range began later: own kernels of all ranges never overlap."""
    own_total: int
    host_total: int
    """Time that the host spent inside it, overlapping instances counted once."""


def summarise(ranges: Sequence[HostEvent], launched: Launched) -> tuple[Range, ...]:
    """Sums up the ranges by name, the largest time on the GPU first, then in the order of their beginning."""
    starts, sums = launched.starts, [0, *accumulate(launched.durations)]
    own = _own(ranges, launched)
    by_name: dict[str, list[Stretch]] = defaultdict(list)
    for instance in sorted(ranges, key=lambda instance: (instance.start, -instance.duration, instance.name)):
        by_name[instance.name].append((instance.start, instance.end))
    rows = []
    for name, instances in by_name.items():
        merged = union(instances)
        # A stretch holds its start and not its end, so that a launch between two steps is in one only.
        slices = [(bisect_left(starts, start), bisect_left(starts, end)) for start, end in merged]
        rows.append(
            Range(
                name=name,
                instances=len(instances),
                kernels=sum(last - first for first, last in slices),
                total=sum(sums[last] - sums[first] for first, last in slices),
                own_kernels=own[name][0],
                own_total=own[name][1],
                host_total=sum(end - start for start, end in merged),
            )
        )
    return tuple(sorted(rows, key=lambda row: -row.total))


def _own(ranges: Sequence[HostEvent], launched: Launched) -> dict[str, list[int]]:
    """Count and time of the kernels of which each range is the innermost: the one that began last."""
    own: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    coming = sorted(ranges, key=lambda instance: (-instance.start, instance.duration, instance.name))
    open_: list[tuple[int, int, str]] = []
    for time, duration in zip(launched.starts, launched.durations, strict=True):
        while coming and coming[-1].start <= time:
            instance = coming.pop()
            heappush(open_, (-instance.start, instance.end, instance.name))
        while open_ and open_[0][1] <= time:
            heappop(open_)
        if open_:
            own[open_[0][2]][0] += 1
            own[open_[0][2]][1] += duration
    return own
