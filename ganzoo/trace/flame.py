"""A recording as a flame: scopes inside scopes, by their total time and over time. Times in nanoseconds.

What is too short to be seen is put together, so that the largest recording gives a flame of bounded size.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from ganzoo.trace.callers import join
from ganzoo.trace.events import GpuEvent, HostEvent, Trace

DEEPEST: Final = 40
"""Scopes inside each other that are told apart; what lies deeper is its ancestor's."""

SMALLEST_SHARE: Final = 0.002
"""Of the whole, below which scopes of a flame by total are put together."""

PIXELS: Final = 600
"""Of the whole span the part, below which what follows each other over time is put together."""

LANES: Final = 12
"""Streams and threads that are shown, those with the most time first."""


@dataclass
class Scope:
    """All calls of one name with the same scopes around them."""

    name: str
    total: int = 0
    calls: int = 0
    inner: dict[str, Scope] = field(default_factory=dict)
    is_rest: bool = False
    """Whether it stands for scopes that are too small to be shown."""

    def of(self, name: str) -> Scope:
        """The scope of a name inside this one."""
        return self.inner.setdefault(name, Scope(name))


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


@dataclass(frozen=True)
class _Nested:
    """A call of the host with the one around it."""

    event: HostEvent
    parent: _Nested | None
    depth: int

    def names(self) -> list[str]:
        """From the outermost scope to this one."""
        return [*(self.parent.names() if self.parent else []), self.event.name]


def by_total(trace: Trace) -> Scope:
    """The time of kernels by the scopes of the host that launched them; of the scopes where there is no GPU.

    A scope's own time is what its inner ones leave of it. Kernels whose launch was not recorded have no
    scope.
    """
    threads = _nested(trace)
    root = Scope("GPU" if trace.gpu else "host")
    if trace.gpu:
        starts = {thread: [each.event.start for each in calls] for thread, calls in threads.items()}
        for event, caller in zip(trace.gpu, join(trace), strict=True):
            around = None if caller is None else _around(caller, threads, starts)
            _add(root, [*(around.names() if around else []), event.name], event.duration)
    else:
        for calls in threads.values():
            for each in calls:
                own = each.event.duration
                scope = _find(root, each.names())
                scope.total += own
                scope.calls += 1
                root.total += own if each.parent is None else 0
    return _pruned(root, SMALLEST_SHARE * root.total)


def over_time(trace: Trace) -> Timeline:
    """Every stream and thread over time."""
    begin = min((event.start for event in _all(trace)), default=0)
    span = max((event.end for event in _all(trace)), default=begin) - begin
    least = max(1, span // PIXELS)
    streams: dict[str, list[GpuEvent]] = defaultdict(list)
    for event in trace.gpu:
        number = "?" if event.device is None else event.device
        streams[f"GPU {number}, stream {'?' if event.stream is None else event.stream}"].append(event)
    found = [
        (sum(event.duration for event in events), Lane(title, (_boxes(events, begin, least),)))
        for title, events in streams.items()
    ]
    for thread, calls in _nested(trace).items():
        rows: dict[int, list[HostEvent]] = defaultdict(list)
        for each in calls:
            rows[each.depth].append(each.event)
        boxes = tuple(_boxes(rows[depth], begin, least) for depth in sorted(rows))
        found.append((sum(event.duration for event in rows[0]), Lane(f"thread {thread[1]}", boxes)))
    found.sort(key=lambda pair: (not pair[1].title.startswith("GPU"), -pair[0]))
    return Timeline(span, tuple(lane for _time, lane in found[:LANES]), max(0, len(found) - LANES))


def _all(trace: Trace) -> Iterator[GpuEvent | HostEvent]:
    yield from trace.gpu
    yield from trace.operators
    yield from trace.ranges


def _nested(trace: Trace) -> dict[tuple[object, object], list[_Nested]]:
    """The operators and ranges of every thread in order of their start, each with the one around it."""
    threads: dict[tuple[object, object], list[HostEvent]] = defaultdict(list)
    for event in (*trace.operators, *trace.ranges):
        threads[event.thread].append(event)
    return {thread: list(_nest(events)) for thread, events in threads.items()}


def _nest(events: Iterable[HostEvent]) -> Iterator[_Nested]:
    open_: list[_Nested] = []
    for event in sorted(events, key=lambda each: (each.start, -each.duration)):
        while open_ and open_[-1].event.end <= event.start:
            open_.pop()
        if len(open_) >= DEEPEST:
            continue
        nested = _Nested(event, open_[-1] if open_ else None, len(open_))
        open_.append(nested)
        yield nested


def _around(
    call: HostEvent,
    threads: dict[tuple[object, object], list[_Nested]],
    starts: dict[tuple[object, object], list[int]],
) -> _Nested | None:
    """The innermost scope of its thread in which a call began."""
    place = bisect_right(starts.get(call.thread, []), call.start) - 1
    found = threads[call.thread][place] if place >= 0 else None
    while found is not None and found.event.end <= call.start:
        found = found.parent
    return found


def _find(root: Scope, names: Sequence[str]) -> Scope:
    scope = root
    for name in names:
        scope = scope.of(name)
    return scope


def _add(root: Scope, names: Sequence[str], duration: int) -> None:
    """Adds a time to a scope and to all around it."""
    scope = root
    for name in [None, *names]:
        scope = scope if name is None else scope.of(name)
        scope.total += duration
        scope.calls += 1


def _pruned(scope: Scope, least: float) -> Scope:
    """The same with the inner scopes in order, those that are too small put together."""
    large = [inner for inner in scope.inner.values() if inner.total >= least and inner.total > 0]
    small = [inner for inner in scope.inner.values() if inner.total < least and inner.total > 0]
    kept = {inner.name: _pruned(inner, least) for inner in sorted(large, key=lambda each: -each.total)}
    rest = sum(inner.total for inner in small)
    if rest >= least and small:
        name = f"{len(small):,} smaller"
        kept[name] = Scope(name, rest, sum(inner.calls for inner in small), is_rest=True)
    return Scope(scope.name, scope.total, scope.calls, kept)


def _boxes(events: Iterable[GpuEvent | HostEvent], begin: int, least: int) -> tuple[Box, ...]:
    """One row of boxes: those shorter than `least` go together with the short ones that follow soon."""
    boxes: list[Box] = []
    for event in sorted(events, key=lambda each: (each.start, each.end)):
        start, end = event.start - begin, event.end - begin
        last = boxes[-1] if boxes else None
        if last is not None and event.duration < least and _takes_more(last, start, least):
            name = last.name if last.name == event.name else "short ones"
            end = max(last.end, end)
            busy = min(end - last.start, last.busy + event.duration)
            boxes[-1] = Box(name, last.start, end, last.count + 1, busy)
        else:
            boxes.append(Box(event.name, start, end, 1, event.duration))
    return tuple(boxes)


def _takes_more(box: Box, start: int, least: int) -> bool:
    """Whether a short call that starts then belongs into a box of short ones."""
    return start - box.end < least and (box.count > 1 or box.end - box.start < least)
