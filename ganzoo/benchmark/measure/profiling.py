"""Where a step's time goes, by kernel on a GPU and by operator on a CPU; a pass of its own, never timed.

The pass is recorded by torch's profiler and analysed as any recording is (`ganzoo.trace`).
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Final

from torch.profiler import ProfilerActivity, profile, record_function, schedule

from ganzoo import trace
from ganzoo.benchmark.measure.cells import Cell
from ganzoo.benchmark.measure.clocks import Clock, take_block
from ganzoo.benchmark.measure.workload import Workload
from ganzoo.engine import parts as step_parts
from ganzoo.trace.categories import ARITHMETIC, OTHER, categorise

_STEPS: Final = 3
"""Steps that are recorded; a whole cycle where the work repeats after more."""

_WARM: Final = 2
"""Steps before them under the profiler, whose first steps are slow and may lack kernels."""

_PREFIX: Final = "ganzoo: "
"""Begins the name of a range that is a part of the training step."""


def kernels(workload: Workload, clock: Clock, cell: Cell) -> dict[str, Any]:
    """Records some steps and returns the table of kernels, of operators where there is no GPU.

    Args:
        workload: warm.
        clock: of its device.
        cell: what it is of; a training step is split into its parts.
    """
    is_gpu = clock.name == "cuda-event"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trace.json"
        count = max(_STEPS, workload.cycle)
        step_ns = _record(workload, clock, path, is_gpu, count)
        recording = trace.read(path)
    whole = "ProfilerStep#*"
    steps = trace.within(recording, whole)
    parts = {
        name.removeprefix(_PREFIX): trace.within(recording, name)
        for name in dict.fromkeys(event.name for event in recording.ranges)
        if name.startswith(_PREFIX)
    }
    head = {"source": "kernels" if is_gpu else "operators", "steps": count, "profiled_step_ns": step_ns}
    return head | (_kernels if is_gpu else _operators)(steps, parts, cell, count)


def _record(workload: Workload, clock: Clock, path: Path, is_gpu: bool, count: int) -> int:
    """Writes a recording and returns the time of a step under the profiler."""
    ranges = _Ranges()
    activities = [ProfilerActivity.CPU] + [ProfilerActivity.CUDA] * is_gpu
    times = []
    with (
        step_parts.listening(ranges.enter),
        profile(
            activities=activities,
            schedule=schedule(wait=0, warmup=_WARM, active=count, repeat=1),
            on_trace_ready=lambda profiler: profiler.export_chrome_trace(str(path)),
        ) as profiler,
    ):
        for number in range(_WARM + count):
            if number < _WARM:
                take_block(clock, workload.step, 1)  # waits, so that no kernel of a warm-up step is recorded
            else:
                times.append(take_block(clock, workload.step, 1).wall_ns)
            profiler.step()
    return sum(times) // len(times)


class _Ranges:
    """Names stretches of a recording after the parts of the step."""

    def __init__(self) -> None:
        self._open: AbstractContextManager[object] | None = None

    def enter(self, name: str) -> None:
        """Begins a part, which ends the one before."""
        if self._open is not None:
            self._open.__exit__(None, None, None)
            self._open = None
        if name != step_parts.OTHER:
            self._open = record_function(_PREFIX + name)
            self._open.__enter__()  # type: ignore[no-untyped-call]


Rows = Iterable[tuple[str, int]]
"""Name and time in nanoseconds of kernels, or of operators."""


def _kernels(steps: trace.Trace, parts: dict[str, trace.Trace], cell: Cell, count: int) -> dict[str, Any]:
    def rows(recording: trace.Trace) -> Rows:
        return ((row.name, row.total) for row in trace.analyse(recording).table)

    analysed = trace.to_json(trace.analyse(steps))
    phases = _phases(parts, rows, cell.phase)
    total = sum(row["total_ns"] for row in analysed["table"])
    analysed["table"] = [
        {
            **row,
            **_shares(row["calls"], row["total_ns"], total, count),
            "phase": phases.get(row["name"], cell.phase),
        }
        for row in analysed["table"]
    ]
    return analysed


def _operators(steps: trace.Trace, parts: dict[str, trace.Trace], cell: Cell, count: int) -> dict[str, Any]:
    def rows(recording: trace.Trace) -> Rows:
        return ((row.name, row.own) for row in trace.analyse(recording).operators)

    operators = trace.analyse(steps).operators
    phases = _phases(parts, rows, cell.phase)
    total = sum(row.own for row in operators)
    table = [
        {
            "name": row.name,
            "category": operator_category(row.name),
            "calls": row.calls,
            "total_ns": row.own,
            **_shares(row.calls, row.own, total, count),
            "phase": phases.get(row.name, cell.phase),
        }
        for row in operators
    ]
    by_category: dict[str, int] = {}
    for row in table:
        by_category[row["category"]] = by_category.get(row["category"], 0) + row["total_ns"]
    return {
        "total_ns": total,
        "complete": True,
        "verdict": _verdict(by_category, total, cell),
        "table": table,
        "categories": [
            {"name": name, "total_ns": time}
            for name, time in sorted(by_category.items(), key=lambda item: -item[1])
        ],
    }


def _shares(calls: int, total_ns: int, whole_ns: int, steps: int) -> dict[str, Any]:
    return {
        "calls_per_step": calls / steps,
        "mean_ns": round(total_ns / calls),
        "share": total_ns / whole_ns if whole_ns else None,
    }


def _phases(parts: dict[str, trace.Trace], rows: Callable[[trace.Trace], Rows], phase: str) -> dict[str, str]:
    """For every name the part of the step in which it spends most."""
    most: dict[str, tuple[int, str]] = {}
    for part, recording in parts.items():
        for name, time in rows(recording):
            most[name] = max(most.get(name, (-1, phase)), (time, part))
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
