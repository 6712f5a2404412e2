"""The search for the batch: sizes are doubled while memory suffices, and each is measured as any cell is.

What a size needs is predicted before it is tried, by what the last two sizes took: a part that is fixed, and
one for each image. On a CPU a size that might drive the machine into swap is never tried. On a GPU running
out of memory does no harm, and ends the search as well.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from statistics import median
from time import perf_counter
from typing import Final

from ganzoo.benchmark.measure import harness
from ganzoo.benchmark.measure.available import available_memory
from ganzoo.benchmark.measure.cells import DATASET, ModelChoice, configuration
from ganzoo.benchmark.measure.harness import Benchmark, Listener, Outcome
from ganzoo.benchmark.measure.planning import Plan
from ganzoo.benchmark.measure.processes import Stopped, stoppable
from ganzoo.benchmark.measure.tasks import Measured, Probed
from ganzoo.benchmark.report import Row
from ganzoo.settings.configuration import NAME
from ganzoo.settings.merging import resolve
from ganzoo.text import of_bytes

USABLE_ON_CPU: Final = 0.8
"""Share of the memory that is free which a size may take: a prediction errs, and others need some too."""

SLOWEST_STEP: Final = 3.0
"""Seconds of a step beyond which no larger batch is tried: a launch takes a dozen."""

LONGEST: Final = 90.0
"""Seconds of doubling after which no larger batch is tried: a small network would go on to millions."""

FEWEST: Final = 4
"""Sizes that are tried however long they take: up to twice the usual batch, so that it may be the knee."""

HALVED: Final = 2
"""How often the recipe's batch is halved to begin with: the two sizes that its need is predicted from."""

SECONDS: Final = 6.0
"""Time for the samples of a size where none is given, over all its launches."""

Point = tuple[int, int]
"""A batch size and the bytes that it took."""


@dataclass(frozen=True)
class BatchSearch:
    """The sizes of one choice that were measured, and why there are no larger ones."""

    rows: tuple[Row, ...]
    """The smallest batch first."""
    end: str
    """Why no larger batch was tried, as half a sentence."""
    limit: int | None
    """The largest batch that memory should hold, by the last two sizes; None where that is not known."""


def usual_batch(choice: ModelChoice) -> int:
    """The batch of a choice's configuration, of the model's recipe where there is none."""
    if choice.batch_size is not None:
        return choice.batch_size
    own = resolve({f"dataset.{NAME}": DATASET} | configuration(choice.model, choice.components))
    assert own.training is not None, "the configuration is of a training"
    return own.training.batch_size


def smallest(choice: ModelChoice) -> int:
    """Where the search begins: the usual batch, halved twice as long as it is even."""
    batch = usual_batch(choice)
    for _ in range(HALVED):
        batch = batch if batch % 2 else batch // 2
    return batch


def _from_smallest(choice: ModelChoice) -> ModelChoice:
    return choice if choice.refusal else replace(choice, batch_size=smallest(choice))


def predict(points: Sequence[Point], batch: int) -> int:
    """The bytes that a batch should take, by the last two points; by one alone, that all of it grows.

    Never less than the last one took: a slope that falls is an error of measurement.
    """
    slope, fixed = _line(points)
    return max(round(fixed + slope * batch), points[-1][1])


def largest_within(points: Sequence[Point], memory: int) -> int | None:
    """The largest batch that should take at most so many bytes; None where two points don't tell."""
    slope, fixed = _line(points)
    return int((memory - fixed) / slope) if len(points) > 1 and slope > 0 else None


def _line(points: Sequence[Point]) -> tuple[float, float]:
    """Bytes an image, and bytes besides."""
    batch, taken = points[-1]
    if len(points) == 1:
        return taken / batch, 0.0
    before, taken_before = points[-2]
    slope = max(0.0, (taken - taken_before) / (batch - before))
    return slope, taken - slope * batch


def run(plan: Plan, listener: Listener) -> tuple[Outcome, tuple[BatchSearch, ...]]:
    """Searches for every choice of a plan; what is measured when it is stopped is kept.

    Raises:
        UsageError, PluginError, GanzooError: nothing can be measured at all, and why.
    """
    exit_code = 0
    with stoppable():
        if not plan.axes.batch_sizes:
            plan = replace(plan, choices=tuple(_from_smallest(choice) for choice in plan.choices))
        probed = harness.probe(plan)
        benchmark = Benchmark(plan, probed, listener)
        searches = [
            _Search(benchmark, index, probed, plan.max_time or SECONDS)
            for index in range(len(benchmark.cells))
        ]
        try:
            _measure(benchmark, searches, listener, plan.max_time or SECONDS)
        except Stopped as stopped:
            exit_code = stopped.exit_code
    found = tuple(result for search in searches if (result := search.result()).rows)
    rows = tuple(row for each in found for row in each.rows)
    return Outcome(probed.environment, rows, exit_code), found


def _measure(benchmark: Benchmark, searches: Sequence[_Search], listener: Listener, seconds: float) -> None:
    """Finds the sizes with one launch each, then takes the launches that are left, interleaved."""
    listener.planned(None, 1, seconds)
    for search in searches:
        search.grow()
    fitting = [index for search in searches for index in search.indexes if index in benchmark.measured]
    if benchmark.launches > 1 and fitting:
        benchmark.launch_all(fitting, range(1, benchmark.launches), seconds)
    benchmark.measure_peaks()


class _Search:
    """The search of one choice."""

    def __init__(self, benchmark: Benchmark, index: int, probed: Probed, seconds: float) -> None:
        self._benchmark, self._seconds = benchmark, seconds
        self._usable = _usable(probed)
        self.indexes = [index]
        """Places of its cells in the benchmark's list, the smallest batch first."""
        self._points: list[Point] = []
        self._end = "the search was stopped"

    def grow(self) -> None:
        """Doubles the batch until something speaks against the next one."""
        benchmark, begin = self._benchmark, perf_counter()
        while self.indexes[-1] not in benchmark.failures:
            index = self.indexes[-1]
            cell = benchmark.cells[index]
            benchmark.launch(index, len(benchmark.measured) + 1, self._seconds)
            if index in benchmark.failures:
                break
            reason = self._objection(benchmark.measured[index][0], 2 * cell.batch_size)
            taken = perf_counter() - begin
            if reason is None and taken > LONGEST and len(self.indexes) >= FEWEST:
                more = 2 * cell.batch_size
                reason = f"the search has taken {taken:.0f} s, and goes on with --batch-size {more}"
            if reason is not None:
                self._end = reason
                return
            benchmark.cells.append(replace(cell, batch_size=2 * cell.batch_size))
            self.indexes.append(len(benchmark.cells) - 1)
        last = self.indexes[-1]
        failure = benchmark.failures[last]
        size = f"{benchmark.cells[last].batch_size:,}"
        is_memory = failure.status == "out-of-memory"
        self._end = f"{size} runs out of memory" if is_memory else f"{size}: {failure.reason}"

    def _objection(self, measured: Measured, batch: int) -> str | None:
        """Why a batch is not tried; None where it may fit."""
        assert measured.account is not None, "the first launch of a cell accounts for it"
        taken = measured.account.memory.peak
        usable = self._usable()
        if taken is None or usable is None:
            return "how much memory there is can't be told here"
        self._points.append((batch // 2, taken))
        needed = predict(self._points, batch)
        if needed > usable:
            return f"{batch:,} would take about {of_bytes(needed)} of the {of_bytes(usable)} that it may take"
        step = median(sample for block in measured.launch.blocks_ns for sample in block) / 1e9
        if 2 * step > SLOWEST_STEP:
            return f"a step of {batch:,} would take about {2 * step:.0f} s, too long to measure"
        return None

    def result(self) -> BatchSearch:
        """What was found so far."""
        rows = tuple(row for index in self.indexes if (row := self._benchmark.row(index)) is not None)
        usable = self._usable()
        limit = None if usable is None or not self._points else largest_within(self._points, usable)
        return BatchSearch(rows, self._end, limit)


def _usable(probed: Probed) -> Callable[[], int | None]:
    """What tells how many bytes a size may take: on a CPU a share of what is free at that moment."""
    if probed.device_type != "cpu":
        return lambda: probed.available

    def share_of_free() -> int | None:
        free = available_memory()
        return None if free is None else int(USABLE_ON_CPU * free)

    return share_of_free
