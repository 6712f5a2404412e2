"""Which call of the host started which event on the GPU."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any, Final, overload

from ganzoo.trace.columns import Events, as_columns, in_order
from ganzoo.trace.events import HostEvent, Trace
from ganzoo.trace.vocabulary import is_graph_launch, is_launch

UNKNOWN: Final = -1
"""In the place of a call that was not recorded."""


class Callers(Sequence[HostEvent | None]):
    """For each event of `Trace.gpu`, in that order, the call that started it; None where it is not known."""

    def __init__(self, calls: Sequence[HostEvent], places: array[int], launches: array[int]) -> None:
        self.places = places
        """Where each of them is among the calls."""
        self.launches = launches
        """Where the calls with a correlation are that launch kernels, each launch once."""
        self._calls = calls

    def __len__(self) -> int:
        return len(self.places)

    def __iter__(self) -> Iterator[HostEvent | None]:
        return map(self._call, self.places)

    @overload
    def __getitem__(self, index: int) -> HostEvent | None: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[HostEvent | None]: ...
    def __getitem__(self, index: int | slice) -> HostEvent | Sequence[HostEvent | None] | None:
        if isinstance(index, slice):
            return [self._call(place) for place in self.places[index]]
        return self._call(self.places[index])

    def _call(self, place: int) -> HostEvent | None:
        return None if place == UNKNOWN else self._calls[place]


def join(trace: Trace) -> Callers:
    """Finds the call that started each event on the GPU: the one with the same correlation.

    Where recordings of several processes were merged, a correlation can occur more than once; the last
    call before the event is taken.
    """
    gpu, calls = as_columns(trace.gpu), as_columns(trace.calls)
    places, launches = array("q", [UNKNOWN]) * len(gpu), array("I")
    coming = _by_correlation(gpu)
    of_events, events = next(coming, (UNKNOWN, ()))
    for correlation, same in _by_correlation(calls):
        while 0 <= of_events < correlation:
            of_events, events = next(coming, (UNKNOWN, ()))
        started = events if of_events == correlation else ()
        found = _distinct(calls, [place for place in same if started or launches_kernels(calls.name(place))])
        launches.extend(place for place in found if launches_kernels(calls.name(place)))
        for event in started:
            before = bisect_right(found, gpu.starts[event], key=calls.starts.__getitem__)
            places[event] = found[max(before - 1, 0)]
    return Callers(calls, places, launches)


def launches_kernels(call: str) -> bool:
    """Whether a call of this name launches a kernel or a graph of them."""
    return is_launch(call) or is_graph_launch(call)


def _by_correlation(events: Events[Any]) -> Iterator[tuple[int, Iterable[int]]]:
    """The places of the events of each correlation, in its order; events without one are left out."""
    correlations = events.correlations
    known = array("I", (place for place, number in enumerate(correlations) if number >= 0))
    for correlation, places in groupby(in_order(known, correlations.__getitem__), correlations.__getitem__):
        yield correlation, list(places)


def _distinct(calls: Events[HostEvent], places: list[int]) -> list[int]:
    """In order of time, without the call of the driver inside a call of the runtime: both are one launch.

    Of calls at the same time, thread and name decide, so that the order in the file doesn't.
    """
    if len(places) < 2:
        return places
    found = [(calls[place], place) for place in places]
    found.sort(key=lambda pair: (pair[0].start, -pair[0].duration, str(pair[0].thread), pair[0].name))
    distinct: list[tuple[HostEvent, int]] = []
    for call, place in found:
        last = distinct[-1][0] if distinct else None
        if last is None or call.thread != last.thread or (call.start >= last.end and call != last):
            distinct.append((call, place))
    return [place for _, place in distinct]
