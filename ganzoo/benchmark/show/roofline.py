"""The roofline of a row: what its arithmetic and its least traffic allow on its device.

Williams, Waterman and Patterson, "Roofline: an insightful visual performance model", Communications of the
ACM 52(4), 2009.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from ganzoo.benchmark.report import Row


@dataclass(frozen=True)
class Point:
    """Where a row lies."""

    intensity: float
    """Operations for each byte that has to move at least: an upper bound of the true intensity."""
    achieved: float
    """Operations a second."""
    peak_operations: float
    """Operations a second at most."""
    peak_bytes: float
    """Bytes a second at most."""

    @property
    def ridge(self) -> float:
        """The intensity from which the device could compute at its peak."""
        return self.peak_operations / self.peak_bytes

    @property
    def share_of_roof(self) -> float:
        """What is achieved, as a share of what the device allows at this intensity."""
        return self.achieved / min(self.peak_operations, self.intensity * self.peak_bytes)


def least_bytes(row: Row) -> int | None:
    """Bytes that a step has to move at least: all that is kept from step to step once, and the images.

    Activations that go to memory and come back are not in it, as what a cache holds of them is unknown.
    """
    if row.memory is None or row.timing is None:
        return None
    kept = (row.memory.weights, row.memory.gradients, row.memory.optimizer, row.memory.average)
    values = math.prod(int(side) for side in row.key.image.split("x"))
    width = 2 if row.key.precision in ("bf16", "fp16") else 4
    return sum(part or 0 for part in kept) + row.timing.images_per_step * values * width


def roofline(row: Row) -> Point | None:
    """The row's point; None where operations, memory or the device's peaks are unknown."""
    moved = least_bytes(row)
    flops, peak = row.flops, row.peak
    if not moved or flops is None or not flops.achieved_per_second or peak is None:
        return None
    if not peak.flops_per_second or not peak.bytes_per_second:
        return None
    return Point(
        flops.per_step / moved, flops.achieved_per_second, peak.flops_per_second, peak.bytes_per_second
    )
