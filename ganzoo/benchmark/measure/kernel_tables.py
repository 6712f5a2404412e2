"""From recorded steps to a report's table: of kernels on a GPU, of operators on a CPU."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ganzoo import trace
from ganzoo.benchmark.measure.cells import Cell
from ganzoo.benchmark.report import KernelTable, KernelTotals
from ganzoo.trace.categories import ARITHMETIC, OTHER, categorise


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """Some steps under the profiler."""

    steps: trace.Trace
    parts: Mapping[str, trace.Trace]
    """What each part of the training step started, by its name; empty for other phases."""
    count: int
    """Of the steps."""
    step_ns: int
    """Time of a step."""


def of_kernels(recorded: Recorded, cell: Cell) -> KernelTable:
    """The table of a GPU's kernels, and all else that the recording says of it."""
    analysis = trace.analyse(recorded.steps)
    phase_of = _phases(recorded, lambda found: ((row.name, row.total) for row in found.table))
    total = sum(row.total for row in analysis.table)
    table = tuple(
        KernelTotals(
            name=row.name,
            category=row.category,
            calls=row.calls,
            total_ns=row.total,
            shortest_ns=row.shortest,
            longest_ns=row.longest,
            phase=phase_of.get(row.name, cell.phase),
            **_shares(row.calls, row.total, total, recorded.count),
        )
        for row in analysis.table
    )
    details = {name: value for name, value in trace.to_json(analysis).items() if name != "table"}
    return _table("kernels", recorded, table, details)


def of_operators(recorded: Recorded, cell: Cell) -> KernelTable:
    """The table of a CPU's operators, each without the time of those that it calls."""
    operators = trace.analyse(recorded.steps).operators
    phase_of = _phases(recorded, lambda found: ((row.name, row.own) for row in found.operators))
    total = sum(row.own for row in operators)
    table = tuple(
        KernelTotals(
            name=row.name,
            category=operator_category(row.name),
            calls=row.calls,
            total_ns=row.own,
            phase=phase_of.get(row.name, cell.phase),
            **_shares(row.calls, row.own, total, recorded.count),
        )
        for row in operators
    )
    found = _table("operators", recorded, table, {})
    details = {
        "total_ns": total,
        "complete": True,
        "verdict": _verdict(found.by_category, total, cell),
        "categories": [{"name": name, "total_ns": time} for name, time in found.by_category.items()],
    }
    return _table("operators", recorded, table, details)


def _table(
    source: str, recorded: Recorded, table: tuple[KernelTotals, ...], details: Mapping[str, Any]
) -> KernelTable:
    return KernelTable(
        source=source,
        steps=recorded.count,
        profiled_step_ns=recorded.step_ns,
        table=table,
        details=details,
    )


def _shares(calls: int, total_ns: int, whole_ns: int, steps: int) -> dict[str, Any]:
    return {
        "calls_per_step": calls / steps,
        "mean_ns": round(total_ns / calls),
        "share": total_ns / whole_ns if whole_ns else None,
    }


def _phases(
    recorded: Recorded, times: Callable[[trace.Analysis], Iterable[tuple[str, int]]]
) -> dict[str, str]:
    """For every name the part of the step in which it spends most."""
    most: dict[str, tuple[int, str]] = {}
    for part, recording in recorded.parts.items():
        for name, time in times(trace.analyse(recording)):
            most[name] = max(most.get(name, (-1, "")), (time, part))
    return {name: part for name, (_, part) in most.items()}


_VIEWS: Final = re.compile(
    r"::_?(view|reshape|reshape_alias|as_strided|t|numpy_T|transpose|permute|expand|slice|select|narrow|flatten"
    r"|squeeze|unsqueeze|unsafe_view|detach|alias|chunk|split|unbind|to|lift_fresh|result_type|resize"
    r"|empty|empty_like|empty_strided|new_empty|new_empty_strided|empty_mkldnn)(_as)?_?$"
)


_COMPILED: Final = re.compile(r"Compiled|TorchDynamo|AOTDispatcher|Pregraph")
"""What torch.compile made of operators, and its guards around that."""


def operator_category(name: str) -> str:
    """The category of an operator on the CPU, as of a kernel where its name tells; else what is left."""
    if _COMPILED.search(name):
        return "compiled"
    category = categorise("", name)
    if category != OTHER or not name.startswith("aten::"):
        return category
    return "views and allocation" if _VIEWS.search(name) else "elementwise"


def _verdict(by_category: dict[str, int], total: int, cell: Cell) -> dict[str, str]:
    """What most of the time goes to, and what to try that the cell doesn't do yet."""
    arithmetic = sum(by_category.get(category, 0) for category in ARITHMETIC) / max(total, 1)
    if arithmetic >= 0.5:
        bf16 = [] if cell.precision == "bf16" else ["bf16 where the CPU multiplies it (--precision bf16)"]
        return {
            "kind": "compute-bound",
            "reason": f"{arithmetic:.0%} of the operators' time is convolutions and matrix products",
            "advice": "try " + ", ".join([*bf16, "more threads"]),
        }
    fusion = [] if cell.compile else ["--compile on, which fuses operators"]
    return {
        "kind": "memory-bound",
        "reason": f"{1 - arithmetic:.0%} of the operators' time is not convolutions or matrix products",
        "advice": "try " + ", ".join([*fusion, "a larger batch where steps are short"]),
    }
