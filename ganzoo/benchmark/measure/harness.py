"""Runs a benchmark: probes the machine, interleaves the launches of all cells, makes the rows.

Importable without torch: every measurement is done by a process of its own.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from ganzoo.arithmetic import peaks
from ganzoo.benchmark.measure import rows
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

    def planned(self, cells: int | None, launches: int, seconds: float) -> None:
        """So many cells will be launched so often, each for so many seconds of samples in all.

        None: what is found decides how many.
        """

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
        probed = probe(plan)
        benchmark = Benchmark(plan, probed, listener)
        try:
            benchmark.run()
        except Stopped as stopped:
            return Outcome(probed.environment, benchmark.rows(), stopped.exit_code)
    return Outcome(probed.environment, benchmark.rows(), 0)


def probe(plan: Plan) -> Probed:
    """Looks at the machine and at the models of a plan.

    Raises:
        UsageError, PluginError, GanzooError: nothing can be measured at all, and why.
    """
    images = plan.axes.images or DEFAULT_IMAGES
    answer = ask_of(
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
    if plan.processor_time and answer.device_type != "cpu":
        raise UsageError(f"--processor-time is of a CPU, not of {answer.device_type}: add --device cpu")
    return answer


def ask_of(task: Task, seconds: float = 0.0) -> Answer:
    """Has a process do a task, with patience besides the `seconds` that its samples take."""
    return ask(task, 2 * seconds + _PATIENCE_SECONDS)


class Benchmark:
    """The cells of a plan and what is known of each."""

    def __init__(self, plan: Plan, probed: Probed, listener: Listener) -> None:
        self._plan, self._probed, self._listener = plan, probed, listener
        self.launches: Final = plan.launches or plan.thoroughness(probed).launches
        """Processes that measure each cell."""
        planned = checked(plan_cells(plan, probed), plan.axes.sweep, ask_of)
        self.cells: Final = [each.cell for each in planned]
        self.failures: Final[dict[int, TaskFailure]] = {
            index: TaskFailure(status="unsupported", reason=each.refusal, exit_code=2)
            for index, each in enumerate(planned)
            if each.refusal is not None
        }
        self.measured: Final[dict[int, list[Measured]]] = {}
        """What is known of the cells, by their place in the list."""
        self._peaks: dict[str, Peak] = {}

    def run(self, worth_more: Callable[[Sequence[int]], Sequence[int]] | None = None) -> None:
        """Measures every cell, so often as the plan says.

        Args:
            worth_more: chooses, after one launch of each, the cells that are launched again; by default all.
        """
        todo = [index for index in range(len(self.cells)) if index not in self.failures]
        if todo:
            seconds = self._plan.max_time or _share(len(todo))
            first = self.launches if worth_more is None else 1
            self.launch_all(todo, range(first), seconds)
            if worth_more is not None:
                self.launch_all(worth_more(todo), range(first, self.launches), seconds)
        self.measure_peaks()

    def launch_all(self, todo: Sequence[int], launches: range, seconds: float) -> None:
        """Launches cells once in every round, in another order each time.

        Args:
            todo: the cells, by their place in the list.
            launches: the rounds, of `self.launches`.
            seconds: for the samples of a cell, over all `self.launches`.
        """
        self._listener.planned(len(todo), len(launches), seconds)
        number = 0
        for launch in launches:
            order = list(todo)
            random.Random(f"{self._plan.seed}/{launch}").shuffle(order)
            for index in order:
                number += 1
                if index not in self.failures:
                    self.launch(index, number, seconds)

    def measure_peaks(self) -> None:
        """Finds out what the device can do at most in the precisions that were measured."""
        for precision in {self.cells[index].precision for index in self.measured}:
            self._peaks[precision] = self._peak(precision)

    def launch(self, index: int, number: int, seconds: float) -> None:
        """Has a process measure a cell once, for its part of `seconds`."""
        cell = self.cells[index]
        self._listener.launched(number, cell)
        is_first = index not in self.measured
        task = Measure(
            cell=cell,
            seconds=seconds / self.launches,
            half_width=HALF_WIDTH,
            account=is_first,
            kernels=is_first and self._plan.kernels,
            processor_time=self._plan.processor_time,
        )
        answer = ask_of(task, task.seconds)
        if isinstance(answer, TaskFailure):
            self.failures[index] = answer
            self._listener.finished(cell, answer.reason)
            return
        assert isinstance(answer, Measured)
        self.measured.setdefault(index, []).append(answer)
        samples = sorted(sample for block in answer.launch.blocks_ns for sample in block)
        self._listener.finished(cell, f"{samples[len(samples) // 2] / 1e6:,.2f} ms a step")

    def _peak(self, precision: str) -> Peak:
        if self._probed.device_type == "cuda":
            return peaks.look_up(self._probed.device_name, precision)
        answer = ask_of(Calibrate(precision=precision))
        if isinstance(answer, TaskFailure):
            return peaks.unknown(f"not measured: {answer.reason}")
        assert isinstance(answer, Peak)
        return answer

    def rows(self) -> tuple[Row, ...]:
        """The rows of all cells that have a result, or a reason why not, in the order of the plan."""
        return tuple(row for index in range(len(self.cells)) if (row := self.row(index)) is not None)

    def row(self, index: int) -> Row | None:
        """The row of a cell; None where nothing is known of it yet."""
        cell, probed = self.cells[index], self._probed
        key = rows.key_of(cell, f"{probed.device_type} ({probed.device_name})", probed.threads)
        if index in self.failures:
            failure = self.failures[index]
            return rows.without_result(key, failure.status, failure.reason)
        if index not in self.measured:
            return None
        peak = self._peaks.get(cell.precision) or peaks.unknown("not measured: the benchmark was stopped")
        return rows.with_result(key, self.measured[index], peak, HALF_WIDTH, self._plan.seed)


def _share(count: int) -> float:
    return max(1.0, min(10.0, BUDGET_SECONDS / count))
