"""What the rules of `health` compare the last lines with: medians of all lines before."""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from typing import Any, Final

Line = Mapping[str, Any]

GRADIENTS: Final = ("generator_gradient", "discriminator_gradient")
"""The readings that are compared with their median so far."""


class Past:
    """The gradients of all lines before the last few."""

    def __init__(self) -> None:
        self.count = 0
        self._medians = {key: Median() for key in GRADIENTS}

    def add(self, line: Line) -> None:
        """Takes a line in."""
        self.count += 1
        for key, median in self._medians.items():
            if isinstance(line.get(key), int | float):
                median.add(line[key])

    def median(self, key: str) -> float | None:
        """The median of one of `GRADIENTS`; None where no line has it."""
        return self._medians[key].value


class Median:
    """The median of numbers that come one by one; a run has a hundred thousand lines and more."""

    def __init__(self) -> None:
        self._lower: list[float] = []
        """The smaller half, negated: a heap, of which the first is the largest."""
        self._upper: list[float] = []
        """The larger half, a heap; as many, or one fewer."""

    def add(self, number: float) -> None:
        """Takes a number in."""
        heapq.heappush(self._upper, -heapq.heappushpop(self._lower, -number))
        if len(self._upper) > len(self._lower):
            heapq.heappush(self._lower, -heapq.heappop(self._upper))

    @property
    def value(self) -> float | None:
        """The median so far; None of no numbers."""
        if not self._lower:
            return None
        if len(self._lower) > len(self._upper):
            return -self._lower[0]
        return (self._upper[0] - self._lower[0]) / 2
