"""The kernels (CUDA) or operators (CPU) that a row lists, from steps that were recorded apart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self


@dataclass(frozen=True, kw_only=True)
class KernelTotals:
    """One kernel or operator, over all recorded steps. None is what an older report doesn't tell."""

    name: str
    category: str
    calls: int
    total_ns: int
    """Of an operator: without the operators that it calls."""
    calls_per_step: float | None = None
    mean_ns: int | None = None
    share: float | None = None
    """Of the time of all; None also where that is 0."""
    phase: str | None = None
    """The part of the training step in which it spends most, or the row's phase."""
    shortest_ns: int | None = None
    longest_ns: int | None = None
    """Of the calls of a kernel; None for an operator."""

    def to_json(self) -> dict[str, Any]:
        """The entry of a report; it doesn't mention shortest and longest calls where they are unknown."""
        return {
            name: value
            for name, value in vars(self).items()
            if value is not None or name not in ("shortest_ns", "longest_ns")
        }

    @classmethod
    def from_json(cls, value: Any) -> Self | None:
        """Reads an entry; None where it is none."""
        if not isinstance(value, Mapping):
            return None
        known = {name: _known(value.get(name), kind) for name, kind in _KINDS.items()}
        return None if any(known[name] is None for name in _NEEDED) else cls(**known)


_KINDS: Final[Mapping[str, type]] = {
    "name": str, "category": str, "calls": int, "total_ns": int, "calls_per_step": float, "mean_ns": int,
    "share": float, "phase": str, "shortest_ns": int, "longest_ns": int,
}  # fmt: skip
_NEEDED: Final = ("name", "category", "calls", "total_ns")

_HEAD: Final = ("source", "steps", "profiled_step_ns", "table")
"""The fields of a table that have a place of their own."""


@dataclass(frozen=True, kw_only=True)
class KernelTable:
    """All kernels or operators of a row, the largest time first.

    In JSON it is one object, `details` beside the other fields.
    """

    source: str | None
    """`kernels` or `operators`."""
    steps: int | None
    """How many steps were recorded; None where a report doesn't tell."""
    profiled_step_ns: int | None
    """Time of a step under the profiler, which slows it down."""
    table: tuple[KernelTotals, ...]
    details: Mapping[str, Any] = field(default_factory=dict)
    """What else the recording says. Of kernels: all that `ganzoo bench trace --json` prints, where `steps`
    are the kernels of every step. Of operators: their total, verdict and categories."""

    @property
    def by_category(self) -> dict[str, int]:
        """Category to its total time in nanoseconds, the largest first."""
        totals: dict[str, int] = defaultdict(int)
        for kernel in self.table:
            totals[kernel.category] += kernel.total_ns
        return dict(sorted(totals.items(), key=lambda item: -item[1]))

    @property
    def calls_per_step(self) -> float | None:
        """Kernels or operators a step; None where they or the steps are unknown."""
        return sum(kernel.calls for kernel in self.table) / self.steps if self.steps and self.table else None

    def to_json(self) -> dict[str, Any]:
        """The object of a report."""
        head = {"source": self.source, "steps": self.steps, "profiled_step_ns": self.profiled_step_ns}
        return {**head, **self.details, "table": [kernel.to_json() for kernel in self.table]}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """Reads the object of a report; what is not as it should be is unknown, and never an error."""
        table, steps = value.get("table"), value.get("steps")
        entries = map(KernelTotals.from_json, table if isinstance(table, list) else [])
        details = {name: item for name, item in value.items() if name not in _HEAD}
        if isinstance(steps, Mapping):  # of a recording: the number of kernels of each of its steps
            details["steps"] = steps
            steps = len(steps["kernels"]) if isinstance(steps.get("kernels"), list) else None
        return cls(
            source=_known(value.get("source"), str),
            steps=_known(steps, int) or None,
            profiled_step_ns=_known(value.get("profiled_step_ns"), int),
            table=tuple(entry for entry in entries if entry is not None),
            details=details,
        )


def _known(value: Any, kind: type) -> Any:
    """The value where it is of a kind; None where it is not, or is a number beyond 64 bits."""
    kinds = (int, float) if kind is float else kind
    if not isinstance(value, kinds) or isinstance(value, bool):
        return None
    return None if isinstance(value, int) and abs(value) >= 2**63 else value
