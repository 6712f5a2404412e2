"""What a larger batch gains: the knee, after which doubling it is hardly faster."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from typing import Final

WORTH_DOUBLING: Final = 0.1
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
    worth = [gain_per_doubling(a, b) > WORTH_DOUBLING for a, b in itertools.pairwise(points)]
    if len(points) < 3 or worth[-1]:
        return None
    last = max((index for index, gained in enumerate(worth) if gained), default=-1)
    return points[last + 1][0]
