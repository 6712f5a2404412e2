"""Events as columns of numbers, 28 bytes each, so that a recording takes a small part of its text's size."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from heapq import merge
from itertools import compress, islice
from operator import add, lt
from typing import Final, Generic, Protocol, Self, TypeVar, overload

RUN: Final = 2**14
"""Numbers that are sorted at a time: Python's own sort makes an object of each."""

CORRELATIONS: Final = 2**63
"""A correlation is below it: CUPTI counts launches in 32 bits, from 0."""

_NONE: Final = -1
"""Stands for no correlation."""


class Timed(Protocol):
    """An event that columns can hold."""

    @property
    def name(self) -> str:
        """What happened."""

    @property
    def start(self) -> int:
        """Nanoseconds, in 64 bits."""

    @property
    def duration(self) -> int:
        """Nanoseconds, in 64 bits."""

    @property
    def correlation(self) -> int | None:
        """Number of a launch; any that can't be one is kept as None."""

    def at(self, start: int, duration: int, correlation: int | None) -> Self:
        """The same at another time."""


Event = TypeVar("Event", bound=Timed)
Value = TypeVar("Value")


class Events(Sequence[Event], Generic[Event]):
    """A sequence of events, which are made as they are asked for.

    What an event has beside its times and its correlation is kept once for all events that share it.
    """

    def __init__(self, events: Iterable[Event] = ()) -> None:
        self.distinct: list[Event] = []
        """The different events that are left where times and correlations are taken away."""
        self.starts = array("q")
        self.durations = array("q")
        self.correlations = array("q")
        """-1 where there is none."""
        self._numbers = array("I")
        self._number_of: dict[Event, int] = {}
        for event in events:
            self.append(event)

    def append(self, event: Event) -> None:
        """Adds an event at the end."""
        what = event.at(0, 0, None)
        number = self._number_of.setdefault(what, len(self.distinct))
        if number == len(self.distinct):
            self.distinct.append(what)
        self._numbers.append(number)
        self.starts.append(event.start)
        self.durations.append(event.duration)
        correlation = event.correlation
        known = correlation is not None and 0 <= correlation < CORRELATIONS
        self.correlations.append(correlation if known else _NONE)  # type: ignore[arg-type]  # None is not known

    def __len__(self) -> int:
        return len(self.starts)

    def __iter__(self) -> Iterator[Event]:
        distinct = self.distinct
        columns = zip(self._numbers, self.starts, self.durations, self.correlations, strict=True)
        for number, start, duration, correlation in columns:
            yield distinct[number].at(start, duration, None if correlation == _NONE else correlation)

    @overload
    def __getitem__(self, index: int) -> Event: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Event]: ...
    def __getitem__(self, index: int | slice) -> Event | Sequence[Event]:
        if isinstance(index, slice):
            return Events(self[place] for place in range(len(self))[index])
        correlation = self.correlations[index]
        return self.distinct[self._numbers[index]].at(
            self.starts[index], self.durations[index], None if correlation == _NONE else correlation
        )

    def name(self, index: int) -> str:
        """The name of one event, faster than by making the event."""
        return self.distinct[self._numbers[index]].name

    def where(self, test: Callable[[Event], bool]) -> Events[Event]:
        """Those that pass a test of what `distinct` has of them, so of neither times nor correlation."""
        return self._chosen([test(what) for what in self.distinct])

    def by(self, key: Callable[[Event], Value]) -> dict[Value, Events[Event]]:
        """The events by a value of what `distinct` has of them, in the order of the first of each there."""
        values = [key(what) for what in self.distinct]
        found = {value: self._chosen([other == value for other in values]) for value in dict.fromkeys(values)}
        return {value: events for value, events in found.items() if events}

    def _chosen(self, passed: Sequence[bool]) -> Events[Event]:
        chosen = bytes(map(passed.__getitem__, self._numbers))
        found: Events[Event] = Events()
        found.distinct, found._number_of = self.distinct.copy(), self._number_of.copy()
        found.starts = array("q", compress(self.starts, chosen))
        found.durations = array("q", compress(self.durations, chosen))
        found.correlations = array("q", compress(self.correlations, chosen))
        found._numbers = array("I", compress(self._numbers, chosen))
        return found

    def stretches(self) -> Iterator[tuple[int, int]]:
        """Start and end of each."""
        return zip(self.starts, map(add, self.starts, self.durations), strict=True)

    def sort(self) -> None:
        """Puts the events in order of their start, the longer of two that start together first."""
        if all(map(lt, self.starts, islice(self.starts, 1, None))):
            return
        order = in_order(range(len(self)), self._time_and_name)
        self.starts = array("q", map(self.starts.__getitem__, order))
        self.durations = array("q", map(self.durations.__getitem__, order))
        self.correlations = array("q", map(self.correlations.__getitem__, order))
        self._numbers = array("I", map(self._numbers.__getitem__, order))

    def _time_and_name(self, place: int) -> tuple[int, int, str]:
        return self.starts[place], -self.durations[place], self.name(place)


def as_columns(events: Sequence[Event]) -> Events[Event]:
    """Events as columns; those that already are, as they are."""
    return events if isinstance(events, Events) else Events(events)


def in_order(places: Sequence[int], key: Callable[[int], object]) -> array[int]:
    """Places of a sequence, sorted by a key: run by run, and the runs merged, in the memory of one run.

    Neighbouring runs that follow one another, as nearly all do in a recording, are one.
    """
    runs: list[array[int]] = []
    for first in range(0, len(places), RUN):
        run = sorted(places[first : first + RUN], key=key)  # type: ignore[arg-type]  # keys can be compared
        if runs and not key(run[0]) < key(runs[-1][-1]):  # type: ignore[operator]
            runs[-1].extend(run)
        else:
            runs.append(array("I", run))
    return runs[0] if len(runs) == 1 else array("I", merge(*runs, key=key))  # type: ignore[arg-type]
