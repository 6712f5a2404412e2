"""The host's scopes, which are operators and ranges: one by one in order of time, inside each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from heapq import merge
from operator import itemgetter
from typing import Final, Generic, TypeVar

from ganzoo.trace.events import HostEvent, Trace

DEEPEST: Final = 40
"""Scopes inside each other that are told apart; what lies deeper is its ancestor's."""

Value = TypeVar("Value")


def scopes_and_calls(trace: Trace) -> Iterator[tuple[HostEvent, bool]]:
    """The operators, ranges and calls of a recording in order of their start, each with whether it is a call.

    Of those that start together the longer scope comes first, and calls last: they begin inside the scopes.
    """
    keyed = (_keyed(trace.operators, False), _keyed(trace.ranges, False), _keyed(trace.calls, True))
    for (_, is_call, _), event in merge(*keyed, key=itemgetter(0)):
        yield event, is_call


def _keyed(events: Sequence[HostEvent], is_call: bool) -> Iterator[tuple[tuple[int, bool, int], HostEvent]]:
    for event in events:
        yield (event.start, is_call, -event.duration), event


class OpenScopes(Generic[Value]):
    """The scopes that have begun and not ended, thread by thread, as time goes on."""

    def __init__(self) -> None:
        self._threads: dict[object, list[tuple[int, Value]]] = defaultdict(list)

    def around(self, event: HostEvent) -> list[tuple[int, Value]]:
        """The scopes around an event, the outermost first: the end of each, and what is kept of it.

        Events are asked for in order of their start. The list is the one that is kept: a scope is opened by
        adding it at the end.
        """
        found = self._threads[event.thread]
        while found and found[-1][0] <= event.start:
            found.pop()
        return found
