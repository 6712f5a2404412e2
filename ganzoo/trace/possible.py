"""Which events have a time that can be, and which recordings are several in one."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from heapq import merge
from itertools import islice, pairwise
from operator import add
from typing import Final, TypeVar

from ganzoo.trace.callers import launches_kernels
from ganzoo.trace.columns import RUN, Events
from ganzoo.trace.events import GpuEvent, HostEvent, Rejected
from ganzoo.trace.intervals import Stretch

SLACK: Final = 1_000_000_000
"""Nanoseconds by which an event may lie outside the profiler's own span; 17 ms occur."""

DAY: Final = 86_400 * 1_000_000_000
"""Nanoseconds; a recording is far shorter. A range may end so long after the span: 13 s occur."""

_NAMED: Final = 8
"""Processes that are named."""

Event = TypeVar("Event", GpuEvent, HostEvent)


class Rejections:
    """Counts the events that are left out."""

    def __init__(self) -> None:
        self._found: dict[str, tuple[int, str]] = {}

    def add(self, what: str, name: str, start: int, duration: int) -> None:
        """Counts one."""
        count, example = self._found.get(
            what, (0, f"{name[:60]!r} at ts {start / 1e3:.3f} for {_time(duration)}")
        )
        self._found[what] = (count + 1, example)

    def all(self) -> tuple[Rejected, ...]:
        """What was found, in the order of the first of each."""
        return tuple(Rejected(what, count, example) for what, (count, example) in self._found.items())


def window(starts: Iterable[Sequence[int]], spans: Iterable[Stretch]) -> Stretch:
    """The time in which the events of a recording can lie: that of the profiler's own spans, with slack.

    Without a span that holds most events, it is a day around the middle one.

    Args:
        starts: of all events, in any order, in several sequences; not all empty.
        spans: start and end of what the profiler says that it recorded.
    """
    middle = _middle(starts)
    sound = [span for span in spans if 0 <= span[1] - span[0] <= DAY]
    if sound:
        first, last = min(start for start, _ in sound) - SLACK, max(end for _, end in sound) + SLACK
        if first <= middle <= last:
            return first, last
    return middle - DAY, middle + DAY


def _middle(numbers: Iterable[Sequence[int]]) -> int:
    """The lower median of several sequences together, without an object for each number."""
    runs = [
        array("q", sorted(sequence[first : first + RUN]))
        for sequence in numbers
        for first in range(0, len(sequence), RUN)
    ]
    return next(islice(merge(*runs), (sum(map(len, runs)) - 1) // 2, None))


def possible(kind: str, events: Events[Event], allowed: Stretch, rejections: Rejections) -> Events[Event]:
    """The events that lie within a window; counts the others."""
    first, last = allowed
    if not events or (first <= min(events.starts) and max(map(add, events.starts, events.durations)) <= last):
        return events
    return Events(_possible(kind, events, allowed, rejections))


def _possible(
    kind: str, events: Iterable[Event], allowed: Stretch, rejections: Rejections
) -> Iterator[Event]:
    first, last = allowed
    for event in events:
        if first <= event.start and event.end <= last:
            yield event
            continue
        what = kind if isinstance(event, HostEvent) else event.kind
        if event.duration > last - first:
            wrong = "longer than the recording"
        else:
            wrong = "before the recording" if event.start < first else "after the recording"
        rejections.add(f"{what} {wrong}", event.name, event.start, event.duration)


def several(calls: Iterable[HostEvent], operators: Iterable[HostEvent], spans: Iterable[Stretch]) -> str:
    """How a file tells that it was merged from several recordings; empty where it wasn't.

    The profiler records the calls and operators of one process, and its spans follow one another. Ranges
    tell nothing: in one real recording they have another process's number.
    """
    launching = {call.thread[0] for call in calls if launches_kernels(call.name)}
    working = {operator.thread[0] for operator in operators}
    for processes in (launching, working):
        if len(processes) > 1:
            named = sorted(map(str, processes))
            more = ", …" * (len(named) > _NAMED)
            return f"of {len(processes)} processes ({', '.join(named[:_NAMED])}{more})"
    ordered = sorted(spans)
    if any(later[0] < earlier[1] for earlier, later in pairwise(ordered)):
        return "made at the same time"
    return ""


def _time(nanoseconds: int) -> str:
    """A time in the unit in which it can be read: `1.234 ms`, `236.5 years`."""
    for unit, size in (("years", 365 * DAY), ("days", DAY), ("s", 10**9)):
        if abs(nanoseconds) >= size:
            return f"{nanoseconds / size:,.1f} {unit}"
    return f"{nanoseconds / 1e6:,.3f} ms"
