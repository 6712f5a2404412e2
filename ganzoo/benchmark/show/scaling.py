"""What a larger batch gains: the knee, after which doubling it is hardly faster."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from ganzoo.benchmark.report import Row

WORTH_DOUBLING: Final = 0.05
"""Gain of throughput that makes doubling the batch size worth its memory: a judgement, not a law."""


def gain_per_doubling(small: tuple[int, float], large: tuple[int, float]) -> float:
    """The gain, as a share, for each doubling between two (batch size, images per second)."""
    doublings = math.log2(large[0] / small[0])
    return float((large[1] / small[1]) ** (1 / doublings)) - 1


def knee(throughput: Mapping[int, float]) -> int | None:
    """The last batch size that was worth its doublings, from batch size to images per second.

    None where throughput still grows at the largest batch, or there are fewer than three to tell.
    """
    points = sorted(throughput.items())
    worth = [gain_per_doubling(a, b) >= WORTH_DOUBLING for a, b in itertools.pairwise(points)]
    if len(points) < 3 or worth[-1]:
        return None
    last = max((index for index, gained in enumerate(worth) if gained), default=-1)
    return points[last + 1][0]


@dataclass(frozen=True)
class Doubling:
    """What twice a batch gains in images a second, as a share with its interval."""

    batch: int
    estimate: float
    low: float
    high: float

    @property
    def is_worth_it(self) -> bool:
        """Whether it gains enough, as far as the estimate tells."""
        return self.estimate >= WORTH_DOUBLING

    @property
    def is_sure(self) -> bool:
        """Whether the whole interval says the same."""
        return not self.low < WORTH_DOUBLING <= self.high


def doublings(rows: Iterable[Row]) -> list[Doubling]:
    """The gain of every doubling among rows that differ in their batch alone, the smallest batch first.

    The interval is from the worst of one row against the best of the other, so it is rather too wide.
    """
    known = [(row.key.batch_size, row.summary) for row in rows if row.summary is not None]
    found = []
    for (batch, small), (_, large) in itertools.pairwise(known):
        ends = small.images_per_second_interval, large.images_per_second_interval
        (low, high), (new_low, new_high) = (
            end or (summary.images_per_second,) * 2 for end, summary in zip(ends, (small, large), strict=True)
        )
        gain = large.images_per_second / small.images_per_second - 1
        found.append(Doubling(batch, gain, new_low / high - 1, new_high / low - 1))
    return found


def bend(found: Iterable[Doubling]) -> Doubling | None:
    """The first doubling that gains too little: the knee is its batch. None where all gain enough."""
    return next((each for each in found if not each.is_worth_it), None)
