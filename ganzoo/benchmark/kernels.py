"""The kernels (CUDA) or operators (CPU) that a row of a report lists."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from ganzoo.benchmark.report import Row


@dataclass(frozen=True)
class Kernel:
    """One kernel or operator, over all recorded steps."""

    name: str
    category: str
    calls: int
    total_ns: int


@dataclass(frozen=True)
class KernelChange:
    """A kernel on both sides of a comparison, a step; 0 where it doesn't occur."""

    name: str
    base_calls: float
    new_calls: float
    base_ns: float
    new_ns: float


def kernels_of(row: Row) -> list[Kernel]:
    """The row's kernels, in the report's order; empty where none were recorded.

    The report's reader doesn't check what is in a table of kernels, so what isn't one is left out.
    """
    table = (row.kernels or {}).get("table")
    if not isinstance(table, list):
        return []
    return [
        Kernel(entry["name"], entry["category"], entry["calls"], entry["total_ns"])
        for entry in table
        if _is_kernel(entry)
    ]


def _is_kernel(entry: Any) -> bool:
    wanted = {"name": str, "category": str, "calls": int, "total_ns": int}
    return isinstance(entry, dict) and all(isinstance(entry.get(k), kind) for k, kind in wanted.items())


def categories(row: Row) -> dict[str, int]:
    """Category to its total time in nanoseconds, the largest first."""
    totals: dict[str, int] = defaultdict(int)
    for kernel in kernels_of(row):
        totals[kernel.category] += kernel.total_ns
    return dict(sorted(totals.items(), key=lambda item: -item[1]))


def recorded_steps(row: Row) -> int | None:
    """How many steps the table is of; None where the row doesn't tell."""
    steps = (row.kernels or {}).get("steps")
    if isinstance(steps, dict):  # of a recording: the number of kernels of each of its steps
        steps = len(steps["kernels"]) if isinstance(steps.get("kernels"), list) else None
    return steps if isinstance(steps, int) and steps > 0 else None


def calls_per_step(row: Row) -> float | None:
    """Kernels or operators a step; None where they were not recorded."""
    steps, kernels = recorded_steps(row), kernels_of(row)
    return sum(kernel.calls for kernel in kernels) / steps if steps and kernels else None


def kernel_changes(base: Row, new: Row) -> list[KernelChange]:
    """The kernels whose calls or time differ, the largest change of time first.

    Empty where a side has no kernels.
    """
    sides = []
    for row in (base, new):
        steps = recorded_steps(row)
        if steps is None or not kernels_of(row):
            return []
        calls: dict[str, float] = defaultdict(float)
        times: dict[str, float] = defaultdict(float)
        for kernel in kernels_of(row):  # a kernel may occur in several categories
            calls[kernel.name] += kernel.calls / steps
            times[kernel.name] += kernel.total_ns / steps
        sides.append((calls, times))
    (base_calls, base_times), (new_calls, new_times) = sides
    changes = [
        KernelChange(name, base_calls[name], new_calls[name], base_times[name], new_times[name])
        for name in {**base_calls, **new_calls}
    ]
    changed = [c for c in changes if (c.base_calls, c.base_ns) != (c.new_calls, c.new_ns)]
    return sorted(changed, key=lambda change: (-abs(change.new_ns - change.base_ns), change.name))
