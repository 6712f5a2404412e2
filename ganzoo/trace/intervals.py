"""Unions of intervals of time."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence

Stretch = tuple[int, int]
"""Start and end in nanoseconds; the end does not belong to it."""


def union(intervals: Iterable[Stretch]) -> list[Stretch]:
    """The same points of time as intervals that neither overlap nor touch, in order."""
    return list(merged_in_order(sorted(intervals)))


def merged_in_order(intervals: Iterable[Stretch]) -> Iterator[Stretch]:
    """As `union`, one after the other, of intervals in order of their start."""
    current: Stretch | None = None
    for start, end in intervals:
        if current is None or start > current[1]:
            if current is not None:
                yield current
            current = (start, end)
        elif end > current[1]:
            current = (current[0], end)
    if current is not None:
        yield current


def length(merged: Iterable[Stretch]) -> int:
    """The time that disjoint intervals cover."""
    return sum(end - start for start, end in merged)


def position(merged: Sequence[Stretch], time: int) -> int | None:
    """In which of several disjoint intervals in order a point of time lies; None if in none."""
    index = bisect_right(merged, time, key=lambda interval: interval[0]) - 1
    return index if index >= 0 and time < merged[index][1] else None


def covers(merged: Sequence[Stretch], time: int) -> bool:
    """Whether a point of time lies in one of several disjoint intervals in order."""
    return position(merged, time) is not None


def intersection(first: Sequence[Stretch], second: Sequence[Stretch]) -> list[Stretch]:
    """The points of time that lie in both of two lists of disjoint intervals in order."""
    common: list[Stretch] = []
    i = j = 0
    while i < len(first) and j < len(second):
        start, end = max(first[i][0], second[j][0]), min(first[i][1], second[j][1])
        if start < end:
            common.append((start, end))
        if first[i][1] <= second[j][1]:
            i += 1
        else:
            j += 1
    return common
