"""A recording over time: what every stream of a GPU and every thread of the host did. Times in nanoseconds.

What is too short to be seen is put together as it comes, so that the largest recording takes a timeline of
bounded size, and no more memory.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from ganzoo.trace.columns import Events, as_columns
from ganzoo.trace.events import GpuEvent, HostEvent, Trace
from ganzoo.trace.scopes import DEEPEST, OpenScopes, scopes_and_calls

PIXELS: Final = 600
"""Of the whole span the part, below which what follows each other is put together."""

LANES: Final = 12
"""Streams and threads that are shown, those with the most time first."""


@dataclass(frozen=True)
class Box:
    """One call over time, or several short ones together."""

    name: str
    start: int
    """From the beginning of the recording."""
    end: int
    count: int
    busy: int
    """Time that they fill of it; overlaps count again, up to all of it."""


@dataclass(frozen=True)
class Lane:
    """What one stream of a GPU or one thread of the host did."""

    title: str
    rows: tuple[tuple[Box, ...], ...]
    """Outer scopes first."""


@dataclass(frozen=True)
class Timeline:
    """Lanes over the same span."""

    span: int
    lanes: tuple[Lane, ...]
    left_out: int
    """Lanes that are not shown."""


@dataclass
class _Growing:
    """A lane that still takes events, in order of their start."""

    title: str
    total: int = 0
    """Time of the outermost row."""
    rows: list[list[Box]] = field(default_factory=list)

    def add(self, event: GpuEvent | HostEvent, depth: int, begin: int, least: int) -> None:
        """Adds an event to a row: one shorter than `least` goes with the short ones that it follows soon."""
        self.total += 0 if depth else event.duration
        if depth == len(self.rows):
            self.rows.append([])
        row = self.rows[depth]
        start, end = event.start - begin, event.end - begin
        last = row[-1] if row else None
        if last is not None and event.duration < least and _takes_more(last, start, least):
            name = last.name if last.name == event.name else "short ones"
            end = max(last.end, end)
            busy = min(end - last.start, last.busy + event.duration)
            row[-1] = Box(name, last.start, end, last.count + 1, busy)
        else:
            row.append(Box(event.name, start, end, 1, event.duration))

    def lane(self) -> Lane:
        """All that was added."""
        return Lane(self.title, tuple(map(tuple, self.rows)))


def over_time(trace: Trace) -> Timeline:
    """Every stream and thread over time."""
    begin, end = _span(trace)
    least = max(1, (end - begin) // PIXELS)
    streams: dict[object, _Growing] = {}
    for event in trace.gpu:
        place = (event.device, event.stream)
        if place not in streams:
            device, stream = ("?" if number is None else number for number in place)
            streams[place] = _Growing(f"GPU {device}, stream {stream}")
        streams[place].add(event, 0, begin, least)
    threads: dict[object, _Growing] = {}
    open_scopes: OpenScopes[None] = OpenScopes()
    for scope, is_call in scopes_and_calls(trace):
        around = open_scopes.around(scope)
        if is_call or len(around) == DEEPEST:
            continue
        if scope.thread not in threads:
            threads[scope.thread] = _Growing(f"thread {scope.thread[1]}")
        threads[scope.thread].add(scope, len(around), begin, least)
        around.append((scope.end, None))
    lanes = [*_busiest(streams), *_busiest(threads)]
    return Timeline(
        end - begin, tuple(lane.lane() for lane in lanes[:LANES]), left_out=max(0, len(lanes) - LANES)
    )


def _busiest(lanes: dict[object, _Growing]) -> list[_Growing]:
    return sorted(lanes.values(), key=lambda lane: -lane.total)


def _span(trace: Trace) -> tuple[int, int]:
    """From the first start to the last end of what is shown."""
    shown: list[Events[Any]] = [as_columns(trace.gpu), as_columns(trace.operators), as_columns(trace.ranges)]
    begin = min((events.starts[0] for events in shown if events), default=0)
    return begin, max((end for events in shown for _, end in events.stretches()), default=begin)


def _takes_more(box: Box, start: int, least: int) -> bool:
    """Whether a short call that starts then belongs into a box of short ones."""
    return start - box.end < least and (box.count > 1 or box.end - box.start < least)
