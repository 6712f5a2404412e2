"""Which kernels differ between two rows."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from ganzoo.benchmark.report import Row


@dataclass(frozen=True)
class KernelChange:
    """A kernel on both sides of a comparison, a step; 0 where it doesn't occur."""

    name: str
    base_calls: float
    new_calls: float
    base_ns: float
    new_ns: float


def kernel_changes(base: Row, new: Row) -> list[KernelChange]:
    """The kernels whose calls or time differ, the largest change of time first.

    Empty where a side has no kernels.
    """
    sides = []
    for row in (base, new):
        if row.kernels is None or row.kernels.steps is None or not row.kernels.table:
            return []
        calls: dict[str, float] = defaultdict(float)
        times: dict[str, float] = defaultdict(float)
        for kernel in row.kernels.table:  # a kernel may occur in several categories
            calls[kernel.name] += kernel.calls / row.kernels.steps
            times[kernel.name] += kernel.total_ns / row.kernels.steps
        sides.append((calls, times))
    (base_calls, base_times), (new_calls, new_times) = sides
    changes = [
        KernelChange(name, base_calls[name], new_calls[name], base_times[name], new_times[name])
        for name in {**base_calls, **new_calls}
    ]
    changed = [c for c in changes if (c.base_calls, c.base_ns) != (c.new_calls, c.new_ns)]
    return sorted(changed, key=lambda change: (-abs(change.new_ns - change.base_ns), change.name))
