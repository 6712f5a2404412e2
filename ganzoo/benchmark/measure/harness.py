"""Runs a benchmark: probes the machine, interleaves the launches of all cells, makes the rows.

Importable without torch: every measurement is done by a process of its own.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from ganzoo.benchmark.measure import peaks, rows
from ganzoo.benchmark.measure.cells import DEFAULT_IMAGES, Cell
from ganzoo.benchmark.measure.planning import Plan, checked, plan_cells
from ganzoo.benchmark.measure.processes import Stopped, ask, stoppable
from ganzoo.benchmark.measure.tasks import (
    Answer,
    Calibrate,
    Drawable,
    Measure,
    Measured,
    Probe,
    Probed,
    Task,
    TaskFailure,
)
from ganzoo.benchmark.report import Peak, Row
from ganzoo.errors import GanzooError, PluginError, UsageError

HALF_WIDTH: Final = 0.01
"""A cell is measured well enough when half of its 95 % interval is at most this share of the median."""

BUDGET_SECONDS: Final = 36.0
"""Time for the samples of all cells together, where none is given."""

_PATIENCE_SECONDS: Final = 900.0
"""Time that a process has besides that for samples: to compile, and for slow first steps."""


@dataclass(frozen=True)
class Outcome:
    """What a benchmark has found, up to its end or until it was stopped."""

    environment: Mapping[str, Any]
    rows: tuple[Row, ...]
    exit_code: int
    """0, or 128 and the signal's number."""


class Listener(Protocol):
    """Is told of the progress."""

    def planned(self, cells: int, launches: int, seconds: float) -> None:
        """So many cells will be launched so often, each for so many seconds of samples in all."""

    def launched(self, number: int, cell: Cell) -> None:
        """A launch begins; the first is number 1."""

    def finished(self, cell: Cell, result: str) -> None:
        """A launch has ended with a time, or with why there is none."""


def run(plan: Plan, listener: Listener) -> Outcome:
    """Runs a benchmark; Ctrl-C and SIGTERM end it early and what is measured is kept.

    Raises:
        UsageError, PluginError, GanzooError: nothing can be measured at all, and why.
    """
    with stoppable():
        probed = _probe(plan)
        benchmark = _Benchmark(plan, probed, listener)
        try:
            benchmark.run()
        except Stopped as stopped:
            return Outcome(probed.environment, benchmark.rows(), stopped.exit_code)
    return Outcome(probed.environment, benchmark.rows(), 0)


def _probe(plan: Plan) -> Probed:
    images = plan.axes.images or DEFAULT_IMAGES
    answer = _ask(
        Probe(
            device=plan.device,
            precisions=tuple(
                dict.fromkeys(plan.axes.precisions or [choice.precision for choice in plan.choices])
            ),
            models=tuple(
                Drawable(
                    model=choice.model, components=choice.components, images=images, settings=choice.settings
                )
                for choice in plan.choices
            ),
        ),
        0,
    )
    if isinstance(answer, TaskFailure):
        raise {2: UsageError, 3: PluginError}.get(answer.exit_code, GanzooError)(answer.reason)
    assert isinstance(answer, Probed)
    return answer


def _ask(task: Task, seconds: float) -> Answer:
    return ask(task, 2 * seconds + _PATIENCE_SECONDS)


class _Benchmark:
    """The cells of a plan and what is known of each."""

    def __init__(self, plan: Plan, probed: Probed, listener: Listener) -> None:
        self._plan, self._probed, self._listener = plan, probed, listener
        self._launches = plan.launches or plan.thoroughness(probed).launches
        planned = checked(plan_cells(plan, probed), plan.axes.sweep, lambda task: _ask(task, 0))
        self._cells = [each.cell for each in planned]
        self._failures: dict[int, TaskFailure] = {
            index: TaskFailure(status="unsupported", reason=each.refusal, exit_code=2)
            for index, each in enumerate(planned)
            if each.refusal is not None
        }
        self._measured: dict[int, list[Measured]] = {}
        self._peaks: dict[str, Peak] = {}

    def run(self) -> None:
        """Launches every cell so often as the plan says, the cells in another order every time."""
        plan, todo = self._plan, [i for i in range(len(self._cells)) if i not in self._failures]
        if not todo:
            return
        seconds = plan.max_time if plan.max_time is not None else _share(len(todo))
        self._listener.planned(len(todo), self._launches, seconds)
        number = 0
        for launch in range(self._launches):
            random.Random(f"{plan.seed}/{launch}").shuffle(todo)
            for index in todo:
                number += 1
                if index not in self._failures:
                    self._launch(index, number, seconds / self._launches)
        for precision in {self._cells[index].precision for index in self._measured}:
            self._peaks[precision] = self._peak(precision)

    def _launch(self, index: int, number: int, seconds: float) -> None:
        cell = self._cells[index]
        self._listener.launched(number, cell)
        is_first = index not in self._measured
        task = Measure(
            cell=cell,
            seconds=seconds,
            half_width=HALF_WIDTH,
            account=is_first,
            kernels=is_first and self._plan.kernels,
        )
        answer = _ask(task, seconds)
        if isinstance(answer, TaskFailure):
            self._failures[index] = answer
            self._listener.finished(cell, answer.reason)
            return
        assert isinstance(answer, Measured)
        self._measured.setdefault(index, []).append(answer)
        samples = sorted(sample for block in answer.launch.blocks_ns for sample in block)
        self._listener.finished(cell, f"{samples[len(samples) // 2] / 1e6:,.2f} ms a step")

    def _peak(self, precision: str) -> Peak:
        if self._probed.device_type == "cuda":
            return peaks.look_up(self._probed.device_name, precision)
        answer = _ask(Calibrate(precision=precision), 0)
        if isinstance(answer, TaskFailure):
            return peaks.unknown(f"not measured: {answer.reason}")
        assert isinstance(answer, Peak)
        return answer

    def rows(self) -> tuple[Row, ...]:
        """The rows of all cells that have a result, or a reason why not, in the order of the plan."""
        return tuple(row for index in range(len(self._cells)) if (row := self._row(index)) is not None)

    def _row(self, index: int) -> Row | None:
        cell, probed = self._cells[index], self._probed
        key = rows.key_of(cell, f"{probed.device_type} ({probed.device_name})", probed.threads)
        if index in self._failures:
            failure = self._failures[index]
            return rows.without_result(key, failure.status, failure.reason)
        if index not in self._measured:
            return None
        peak = self._peaks.get(cell.precision) or peaks.unknown("not measured: the benchmark was stopped")
        return rows.with_result(key, self._measured[index], peak, HALF_WIDTH, self._plan.seed)


def _share(count: int) -> float:
    return max(1.0, min(10.0, BUDGET_SECONDS / count))
