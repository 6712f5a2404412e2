"""The order of launches, and which rows a benchmark has however its processes end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from ganzoo.benchmark.measure import harness
from ganzoo.benchmark.measure.cells import Axes, Cell, ModelChoice
from ganzoo.benchmark.measure.harness import Outcome
from ganzoo.benchmark.measure.planning import Plan
from ganzoo.benchmark.measure.processes import Stopped
from ganzoo.benchmark.measure.tasks import Account, Calibrate, Measure, Measured, Probe, Probed, TaskFailure
from ganzoo.benchmark.report import KernelTable, Launch, Memory, Parameters, Peak
from ganzoo.errors import GanzooError, PluginError, UsageError

PROBED = Probed(
    environment={"torch": "2"},
    device_type="cpu",
    device_name="a processor",
    threads=2,
    precisions={"auto": "bf16", "bf16": "bf16", "fp32": "fp32"},
    refusals={"tf32": "tf32 is a CUDA device's"},
    images=("1x28x28", "3x32x32"),
)
MEMORY = Memory(
    weights=1,
    gradients=None,
    optimizer=None,
    average=None,
    activations_peak=None,
    allocated_peak=None,
    reserved_peak=None,
    device_used=None,
    resident_peak=None,
    resident_baseline=None,
)
NO_KERNELS = KernelTable(source="operators", steps=3, profiled_step_ns=10, table=())
OUT_OF_MEMORY = TaskFailure(status="out-of-memory", reason="there was none", exit_code=1)


class Workers:
    """Answers tasks as a script says and notes what was asked."""

    def __init__(self, deed: Callable[[Measure, int], TaskFailure | None] = lambda *_: None) -> None:
        self.asked: list[Measure] = []
        self.calibrated: list[str] = []
        self.probe: Probed | TaskFailure = PROBED
        self._deed = deed

    def ask(self, task: Any, timeout: float) -> Any:
        if isinstance(task, Probe):
            self.images = [model.images for model in task.models]
            return self.probe
        if isinstance(task, Calibrate):
            self.calibrated.append(task.precision)
            return Peak(flops_per_second=1e9, bytes_per_second=1e9, source="measured", measured=True)
        assert isinstance(task, Measure)
        assert timeout > 2 * task.seconds
        self.asked.append(task)
        failure = self._deed(task, len(self.asked))
        if failure is not None:
            return failure
        account = Account(
            parameters=Parameters(generator=1, discriminator=1),
            flops=100,
            flops_by_operator={},
            subphases={},
            memory=MEMORY,
            overhead_ns=1,
            kernels=NO_KERNELS if task.kernels else None,
        )
        return Measured(
            launch=Launch(blocks_ns=((10, 10),), wall_ns=(20,), dispatch_ns=(20,)),
            clock="perf-counter",
            images_per_step=task.cell.batch_size,
            first_step_ns=10,
            warmup_steps=3,
            steps_per_sample=1,
            account=account if task.account else None,
        )


class Silent:
    def planned(self, cells: int, launches: int, seconds: float) -> None:
        self.plan = cells, launches, seconds

    def launched(self, number: int, cell: Cell) -> None:
        pass

    def finished(self, cell: Cell, result: str) -> None:
        pass


def plan(**changes: Any) -> Plan:
    axes: dict[str, Any] = {
        "phases": ("generate",),
        "batch_sizes": (1, 2, 3, 4),
        "images": (),
        "precisions": ("auto",),
        "channels_last": (True,),
        "compile": (False,),
    }
    values: dict[str, Any] = {
        "choices": (ModelChoice(model="a:b", components={}), ModelChoice(model="c:d", components={})),
        "device": "auto",
        "launches": 3,
        "max_time": 6.0,
        "seed": 0,
        "kernels": False,
        "is_overview": False,
        "processor_time": False,
    }
    axes.update({key: value for key, value in changes.items() if key in axes})
    values.update({key: value for key, value in changes.items() if key in values})
    return Plan(axes=Axes(**axes), **values)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Outcome]:
    def start(workers: Workers, **changes: Any) -> Outcome:
        monkeypatch.setattr(harness, "ask", workers.ask)
        return harness.run(plan(**changes), Silent())

    return start


def asked(workers: Workers) -> list[tuple[str, int]]:
    return [(task.cell.model, task.cell.batch_size) for task in workers.asked]


def test_the_processors_time_is_counted_where_it_is_asked_for(run: Any) -> None:
    workers = Workers()
    run(workers, processor_time=True)
    assert {task.processor_time for task in workers.asked} == {True}

    workers.probe = replace(PROBED, device_type="cuda")
    with pytest.raises(UsageError, match="--processor-time is of a CPU, not of cuda: add --device cpu"):
        run(workers, processor_time=True)


def test_every_round_measures_every_cell_once(run: Any) -> None:
    workers = Workers()

    outcome = run(workers)

    rounds = [asked(workers)[start : start + 8] for start in (0, 8, 16)]
    assert len(workers.asked) == 24
    assert sorted(rounds[0]) == sorted(rounds[1]) == sorted(rounds[2])
    assert len(set(rounds[0])) == 8
    assert rounds[0] != rounds[1] != rounds[2]
    assert [task.account for task in workers.asked] == [True] * 8 + [False] * 16
    assert {task.seconds for task in workers.asked} == {2.0}
    assert [row.key.batch_size for row in outcome.rows] == [1, 2, 3, 4] * 2  # in the order of the plan
    assert all(row.timing is not None and len(row.timing.launches) == 3 for row in outcome.rows)
    assert outcome.exit_code == 0


def test_the_seed_decides_the_order(run: Any) -> None:
    orders = []
    for seed in (1, 1, 2):
        workers = Workers()
        run(workers, seed=seed)
        orders.append(asked(workers))

    assert orders[0] == orders[1]
    assert orders[0] != orders[2]


def test_a_row_says_what_was_run(run: Any) -> None:
    workers = Workers()
    outcome = run(workers, precisions=("auto", "bf16", "fp32"), batch_sizes=(7,), kernels=True)

    assert [row.key.precision for row in outcome.rows] == ["bf16", "fp32", "bf16", "fp32"]  # auto is bf16
    key = outcome.rows[0].key
    assert (key.device, key.threads, key.image) == ("cpu (a processor)", 2, "1x28x28")
    assert outcome.rows[2].key.image == "3x32x32"
    assert {task.cell.device for task in workers.asked} == {"cpu"}
    assert sorted(workers.calibrated) == ["bf16", "fp32"]
    assert all(row.kernels == NO_KERNELS for row in outcome.rows)
    assert outcome.environment == {"torch": "2"}


def test_sizes_that_are_asked_for_are_taken_as_they_are(run: Any) -> None:
    workers = Workers()
    outcome = run(workers, images=("1x8x8", "3x16x16"), batch_sizes=(7,))

    assert [row.key.image for row in outcome.rows] == ["1x8x8", "3x16x16"] * 2


def test_a_cell_that_fails_is_not_tried_again(run: Any) -> None:
    workers = Workers(lambda task, _: OUT_OF_MEMORY if task.cell.batch_size == 3 else None)

    outcome = run(workers)

    assert sum(size == 3 for _, size in asked(workers)) == 2  # once for each model
    failed = [row for row in outcome.rows if row.key.batch_size == 3]
    assert [(row.status, row.reason) for row in failed] == [("out-of-memory", "there was none")] * 2
    assert sum(row.status == "ok" for row in outcome.rows) == 6


def test_a_cell_that_fails_later_is_a_failure_all_the_same(run: Any) -> None:
    workers = Workers(lambda task, number: OUT_OF_MEMORY if number > 8 else None)

    assert {row.status for row in run(workers, launches=2).rows} == {"out-of-memory"}


def test_an_overview_on_a_cpu_is_quick_unless_told_otherwise(run: Any) -> None:
    quick, told, named = Workers(), Workers(), Workers()
    run(quick, is_overview=True, launches=None, batch_sizes=())
    run(told, is_overview=True, launches=2, batch_sizes=(5,))
    run(named, launches=None, batch_sizes=())

    assert [size for _, size in asked(quick)] == [8] * 2
    assert [size for _, size in asked(told)] == [5] * 4
    assert [size for _, size in asked(named)] == [64] * 6


def test_a_precision_that_is_refused_is_a_row_without_a_process(run: Any) -> None:
    workers = Workers()

    outcome = run(workers, precisions=("tf32",))

    assert workers.asked == []
    assert {(row.status, row.reason) for row in outcome.rows} == {("unsupported", "tf32 is a CUDA device's")}


def test_stopping_keeps_the_rows_that_are_there(run: Any) -> None:
    def stop(task: Measure, number: int) -> None:
        if number == 11:
            raise Stopped(15)

    outcome = run(Workers(stop))

    assert outcome.exit_code == 143
    assert sorted(len(row.timing.launches) for row in outcome.rows if row.timing) == [1] * 6 + [2] * 2
    assert all(row.peak is not None and row.peak.flops_per_second is None for row in outcome.rows)


def test_stopping_early_leaves_out_what_was_not_measured(run: Any) -> None:
    def stop(task: Measure, number: int) -> None:
        if number == 3:
            raise Stopped(2)

    outcome = run(Workers(stop))

    assert outcome.exit_code == 130
    assert len(outcome.rows) == 2
    assert all(row.flags == ("one-launch",) for row in outcome.rows)


@pytest.mark.parametrize(("code", "error"), [(1, GanzooError), (2, UsageError), (3, PluginError)])
def test_where_nothing_can_be_measured_the_reason_is_an_error(
    run: Any, code: int, error: type[GanzooError]
) -> None:
    workers = Workers()
    workers.probe = TaskFailure(status="failed", reason="no such device", exit_code=code)

    with pytest.raises(error, match="no such device"):
        run(workers)


def test_a_gpu_is_looked_up_and_not_calibrated(run: Any) -> None:
    workers = Workers()
    workers.probe = Probed(
        environment={},
        device_type="cuda",
        device_name="NVIDIA A100-SXM4-80GB",
        threads=None,
        precisions={"auto": "bf16"},
        refusals={},
        images=("3x32x32", "3x32x32"),
    )

    outcome = run(workers)

    assert workers.calibrated == []
    assert all(row.peak is not None and row.peak.flops_per_second == 312e12 for row in outcome.rows)
    assert outcome.rows[0].key.device == "cuda (NVIDIA A100-SXM4-80GB)"


@pytest.mark.parametrize(("cells", "seconds"), [(1, 10.0), (9, 4.0), (100, 1.0)])
def test_without_a_time_the_rows_share_one(cells: int, seconds: float) -> None:
    assert harness._share(cells) == seconds
