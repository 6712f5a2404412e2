"""`ganzoo tune`: every way to take the same training step is measured, and the fastest that agrees is chosen.

The cells are measured as `ganzoo bench` measures any. From the fastest on, each is then trained for some
steps, until one's losses are those of plain fp32 but for the seed (`ganzoo.benchmark.agreement`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Any, Final

from ganzoo.benchmark.agreement import CHANCE, Agreement, compare
from ganzoo.benchmark.launches import joined, launch_ratio
from ganzoo.benchmark.measure import harness
from ganzoo.benchmark.measure.batch_search import usual_batch
from ganzoo.benchmark.measure.cells import Axes, Cell
from ganzoo.benchmark.measure.choices import model_choices
from ganzoo.benchmark.measure.harness import Benchmark, Listener, Outcome
from ganzoo.benchmark.measure.planning import Plan
from ganzoo.benchmark.measure.processes import stoppable
from ganzoo.benchmark.measure.tasks import LossCurve, Measured, Probed, TakeLosses, TaskFailure
from ganzoo.benchmark.report import Row
from ganzoo.errors import GanzooError, UsageError

CUDA_GRAPH: Final = "training.cuda_graph"

PRECISIONS: Final = ("fp32", "tf32", "bf16", "fp16")

REFERENCES: Final = 5
"""Plain fp32 trainings, each with another seed, that say what chance changes; one more has the same seed."""

HOPELESS: Final = 2.0
"""Times plain fp32's time, from which a way is launched only once: not every device has every arithmetic."""

STEPS: Final = 64
"""Of each of these trainings, where nothing is said."""


@dataclass(frozen=True)
class Trial:
    """A way to take the step that was tried for its numbers."""

    row: Row
    agreement: Agreement | None
    """None where the training failed."""
    reason: str | None = None
    """Why it failed."""


@dataclass(frozen=True)
class Tuned:
    """What was found."""

    outcome: Outcome
    plain: Row
    """fp32, eager, kernel by kernel."""
    chosen: Row
    trials: tuple[Trial, ...]
    """Those that were faster than `plain`, the fastest first, up to the one that was chosen."""
    not_tried: Mapping[str, str]
    """What can't be chosen here, and why."""


@dataclass(frozen=True, kw_only=True)
class TuningRequest:
    """What is to be trained, and how thoroughly it is measured."""

    models: tuple[str, ...]
    """One name; none where the file has it."""
    sweep: Mapping[str, tuple[str, ...]]
    """`section.key` to the one value that it shall have."""
    file: Mapping[str, Any]
    """A configuration, `section.key` to value."""
    batch_sizes: tuple[int, ...]
    """One, or none for the recipe's."""
    device: str
    launches: int
    max_time: float | None
    seed: int

    def plan(self, axes: Axes) -> Plan:
        """The plan of a benchmark; raises as `model_choices` does."""
        choices = model_choices(self.models, axes.sweep, self.file, axes.batch_sizes)
        return Plan(
            choices=tuple(
                each if each.refusal else replace(each, batch_size=usual_batch(each)) for each in choices
            ),
            axes=axes,
            device=self.device,
            launches=self.launches,
            max_time=self.max_time,
            seed=self.seed,
            kernels=False,
            is_overview=False,
        )

    def ways(self, graphs: bool) -> Axes:
        """All that can be chosen without another training; `graphs`: a CUDA graph as well."""
        return Axes(
            phases=("train-step",),
            batch_sizes=self.batch_sizes,
            images=(),
            precisions=PRECISIONS,
            channels_last=(True,),
            compile=(False, True),
            sweep={**self.sweep, **({CUDA_GRAPH: ("false", "true")} if graphs else {})},
        )

    def like(self, row: Row) -> Axes:
        """The one way that a row was measured in, at any batch."""
        graph = row.key.settings.get(CUDA_GRAPH)
        return replace(
            self.ways(graphs=False),
            precisions=(row.key.precision,),
            compile=(row.key.compile,),
            sweep={**self.sweep, **({} if graph is None else {CUDA_GRAPH: (graph,)})},
        )


def tune(request: TuningRequest, listener: Listener, steps: int = STEPS) -> Tuned:
    """Measures every way, and chooses.

    Args:
        request: what is to be trained.
        listener: is told of the progress.
        steps: of each training whose losses are compared.

    Raises:
        UsageError, PluginError, GanzooError: nothing can be measured, or plain fp32 can't.
        Stopped: a signal has arrived; half of this says nothing.
    """
    not_tried = {"memory format": "every training of GanZoo has its images channels-last"}
    with stoppable():
        plan = request.plan(request.ways(graphs=False))
        probed = harness.probe(plan)
        if probed.device_type != "cuda":
            not_tried["CUDA graph"] = f"needs a CUDA device, not {probed.device_type}"
            benchmark = Benchmark(plan, probed, listener)
        else:
            benchmark = _with_graphs(request, probed, listener, not_tried)
        benchmark.run(lambda todo: _worth_more(benchmark, todo))
        known = [
            (cell, row)
            for index, cell in enumerate(benchmark.cells)
            if (row := benchmark.row(index)) is not None
        ]
        plain_cell, plain = next(pair for pair in known if _is_plain(pair[0]))
        if plain.summary is None:
            raise GanzooError(f"plain fp32, the measure of all else, can't be measured: {plain.reason}")
        ways = sum(len(measured) > 1 for measured in benchmark.measured.values()) - 1
        faster = sorted(
            (pair for pair in known if _is_faster(pair[1], plain, max(1, ways))),
            key=lambda pair: -_rate(pair[1]),
        )
        trials = _try(faster, plain_cell, steps, listener)
    chosen = next((trial.row for trial in trials if trial.agreement and trial.agreement.agrees), plain)
    outcome = Outcome(probed.environment, tuple(row for _cell, row in known), 0)
    return Tuned(outcome, plain, chosen, tuple(trials), not_tried)


def _worth_more(benchmark: Benchmark, todo: Sequence[int]) -> list[int]:
    """The ways whose first launch didn't take far longer than that of plain fp32."""
    times = {index: _median_ns(benchmark.measured[index][0]) for index in todo if index in benchmark.measured}
    plain = next((times[index] for index in times if _is_plain(benchmark.cells[index])), math.inf)
    return [index for index, time in times.items() if time < HOPELESS * plain]


def _median_ns(measured: Measured) -> float:
    return median(sample for block in measured.launch.blocks_ns for sample in block)


def _with_graphs(
    request: TuningRequest, probed: Probed, listener: Listener, not_tried: dict[str, str]
) -> Benchmark:
    """The cells with CUDA graphs; without them where none of this training's steps can be captured."""
    try:
        plan = request.plan(request.ways(graphs=True))
        return Benchmark(plan, harness.probe(plan), listener)
    except UsageError as error:
        not_tried["CUDA graph"] = str(error).splitlines()[0]
        return Benchmark(request.plan(request.ways(graphs=False)), probed, listener)


def _try(faster: Sequence[tuple[Cell, Row]], plain: Cell, steps: int, listener: Listener) -> list[Trial]:
    """Trains one after the other until one agrees with plain fp32; the references first."""
    trials: list[Trial] = []
    if not faster:
        return trials
    listener.planned(None, 1, 0.0)
    references = []
    for number in range(REFERENCES + 1):
        curve = _losses(replace(plain, seed=plain.seed + number), steps, listener, number + 1)
        if isinstance(curve, TaskFailure):
            raise GanzooError(f"plain fp32 can't be trained: {curve.reason}")
        references.append(_by_name(curve))
    same_seed, *others = references
    for number, (cell, row) in enumerate(faster, REFERENCES + 2):
        curve = _losses(cell, steps, listener, number)
        if isinstance(curve, TaskFailure):
            trials.append(Trial(row, None, curve.reason))
            continue
        try:
            agreement = compare(others, same_seed, _by_name(curve))
        except ValueError as error:
            raise GanzooError(f"plain fp32 diverges within {steps} steps: {error}") from None
        trials.append(Trial(row, agreement))
        if agreement.agrees:
            break
    return trials


def _losses(cell: Cell, steps: int, listener: Listener, number: int) -> LossCurve | TaskFailure:
    listener.launched(number, cell)
    answer = harness.ask_of(TakeLosses(cell=cell, steps=steps))
    assert isinstance(answer, LossCurve | TaskFailure)
    said = answer.reason if isinstance(answer, TaskFailure) else f"losses of {steps} steps, seed {cell.seed}"
    listener.finished(cell, said)
    return answer


def _by_name(curve: LossCurve) -> dict[str, Any]:
    return {"discriminator": curve.discriminator, "generator": curve.generator}


def _is_plain(cell: Cell) -> bool:
    return cell.precision == "fp32" and not cell.compile and cell.named.get(CUDA_GRAPH) in (None, "false")


def _is_faster(row: Row, plain: Row, ways: int) -> bool:
    """Whether a row takes less time than plain fp32, by a test of the launches' medians.

    Args:
        row: a way.
        plain: plain fp32, at the same batch.
        ways: so many are tested, and one of them is to be called faster by chance in 5 % of all cases.
    """
    if row.timing is None or plain.timing is None or row.summary is None or plain.summary is None:
        return False
    sides = joined(plain.timing.blocks), joined(row.timing.blocks)
    if min(map(len, sides)) > 1:
        return launch_ratio(*sides, confidence=1 - CHANCE / ways).high < 1
    own, other = row.summary.images_per_second_interval, plain.summary.images_per_second_interval
    return own is not None and other is not None and own[0] > other[1]


def _rate(row: Row) -> float:
    assert row.summary is not None, "a row that is faster was measured"
    return row.summary.images_per_second
