"""`ganzoo tune`: the fastest way whose numbers agree, on devices that a script plays."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

import pytest

from ganzoo.benchmark.measure import harness, tuning
from ganzoo.benchmark.measure.tasks import (
    Account,
    Calibrate,
    LossCurve,
    Measure,
    Measured,
    Prepare,
    Prepared,
    Probe,
    Probed,
    TakeLosses,
    TaskFailure,
)
from ganzoo.benchmark.report import Launch, Memory, Parameters, Peak
from ganzoo.cli.tune_output import command_of, way

MEMORY = Memory(
    weights=1, gradients=None, optimizer=None, average=None, activations_peak=None, allocated_peak=None,
    reserved_peak=None, device_used=None, resident_peak=10**9, resident_baseline=None,
)  # fmt: skip


class Machine:
    """Takes nanoseconds by precision, compilation and graph; some precisions compute something else."""

    def __init__(
        self, device: str, times: Mapping[tuple[str, bool, bool], Any], wrong: tuple[str, ...] = ()
    ) -> None:
        self._device, self._times, self._wrong = device, times, wrong
        self.launches = 2
        self.trained: list[tuple[str, bool, int]] = []
        self.measured: list[tuple[str, bool]] = []

    def ask(self, task: Any, _timeout: float) -> Any:
        if isinstance(task, Probe):
            is_cuda = self._device == "cuda"
            return Probed(
                environment={}, device_type=self._device, device_name="a device", threads=None,
                precisions={name: name for name in ("fp32", "bf16", "fp16", *["tf32"] * is_cuda)},
                refusals={} if is_cuda else {"tf32": "tf32 is a CUDA device's"},
                images=("3x32x32",) * len(task.models),
            )  # fmt: skip
        if isinstance(task, Prepare):
            return Prepared(refusals=(None,) * len(task.cells))
        if isinstance(task, Calibrate):
            return Peak(flops_per_second=1e9, bytes_per_second=1e9, source="measured", measured=True)
        cell = task.cell
        if isinstance(task, TakeLosses):
            self.trained.append((cell.precision, cell.compile, cell.seed))
            shift = 5.0 if cell.precision in self._wrong else 0.0
            noise = random.Random(f"{cell.precision}{cell.seed}")
            losses = tuple(1 + shift + noise.gauss(0, 0.1) for _ in range(task.steps))
            return LossCurve(discriminator=losses, generator=losses)
        assert isinstance(task, Measure)
        self.measured.append((cell.precision, cell.compile))
        step = self._times.get((cell.precision, cell.compile, cell.named.get(tuning.CUDA_GRAPH) == "true"))
        if isinstance(step, tuple):  # each launch has its own
            step = step[self.measured.count((cell.precision, cell.compile)) - 1]
        if step is None:
            return TaskFailure(status="failed", reason="there is no compiler", exit_code=1)
        return Measured(
            launch=Launch(blocks_ns=((step,) * 9,), wall_ns=(9 * step,), dispatch_ns=(9 * step,)),
            clock="perf-counter", images_per_step=cell.batch_size, first_step_ns=step, warmup_steps=3,
            steps_per_sample=1,
            account=Account(
                parameters=Parameters(generator=1, discriminator=1), flops=1, flops_by_operator={},
                subphases={}, memory=MEMORY, overhead_ns=1, kernels=None,
            ) if task.account else None,
        )  # fmt: skip


class Silent:
    def planned(self, cells: int | None, launches: int, seconds: float) -> None: ...

    def launched(self, number: int, cell: Any) -> None: ...

    def finished(self, cell: Any, result: str) -> None: ...


@pytest.fixture
def tune(monkeypatch: pytest.MonkeyPatch) -> Any:
    def start(machine: Machine, **sweep: tuple[str, ...]) -> tuning.Tuned:
        monkeypatch.setattr(harness, "ask", machine.ask)
        request = tuning.TuningRequest(
            models=("dcgan",), sweep={key.replace("__", "."): value for key, value in sweep.items()},
            file={}, batch_sizes=(), device="auto", launches=machine.launches, max_time=1.0, seed=0,
        )  # fmt: skip
        return tuning.tune(request, Silent(), steps=16)

    return start


CPU = {("fp32", False, False): 1000, ("bf16", False, False): 500, ("fp16", False, False): 4000}


def test_on_a_cpu_the_faster_precision_is_chosen_and_the_rest_named(tune: Any) -> None:
    machine = Machine("cpu", CPU)
    tuned = tune(machine, objective__name=("hinge",))

    assert way(tuned.chosen) == "bf16"
    assert command_of(tuned.chosen) == (
        "ganzoo train dcgan --dataset NAME --objective hinge --batch-size 128 --precision bf16"
    )
    # A plain training with the same seed and five with other seeds, then the one in question.
    assert machine.trained == [*(("fp32", False, seed) for seed in range(6)), ("bf16", False, 0)]
    assert tuned.not_tried["CUDA graph"] == "needs a CUDA device, not cpu"
    reasons = {way(row): row.reason for row in tuned.outcome.rows if row.status != "ok"}
    assert reasons["tf32"] == "tf32 is a CUDA device's"
    assert reasons["bf16, compiled"] == "there is no compiler"


def test_what_computes_something_else_is_passed_over(tune: Any) -> None:
    times = {**CPU, ("fp16", False, False): 700, ("bf16", False, False): 500}
    tuned = tune(Machine("cpu", times, wrong=("bf16",)))

    assert [(way(trial.row), trial.agreement.agrees) for trial in tuned.trials] == [
        ("bf16", False),
        ("fp16", True),
    ]
    assert way(tuned.chosen) == "fp16"


def test_what_is_far_slower_is_launched_once(tune: Any) -> None:
    """fp16 takes four times as long as fp32 here; on processors without it, a hundred times."""
    machine = Machine("cpu", CPU)
    tuned = tune(machine)

    assert machine.measured.count(("fp16", False)) == 1
    assert machine.measured.count(("fp32", False)) == machine.measured.count(("bf16", False)) == 2
    assert "fp16" in {way(row) for row in tuned.outcome.rows if row.status == "ok"}, (
        "it has a row all the same"
    )


@pytest.mark.parametrize(
    ("times", "chosen"),
    [((21, 15, 24, 22, 24), "bf16"), ((31, 25, 34, 32, 34), "fp32")],
)
def test_launches_are_compared_where_each_way_has_a_wide_interval(
    tune: Any, times: tuple[int, ...], chosen: str
) -> None:
    """Welch's t of the logarithms, as measured on a processor that others used too: 3.0 against 0.3."""
    machine = Machine("cpu", {("fp32", False, False): (36, 40, 28, 22, 40), ("bf16", False, False): times})
    machine.launches = 5

    assert way(tune(machine).chosen) == chosen


def test_where_nothing_is_faster_nothing_is_trained(tune: Any) -> None:
    machine = Machine("cpu", {**CPU, ("bf16", False, False): 1000})
    tuned = tune(machine)

    assert tuned.chosen is tuned.plain
    assert machine.trained == []


def test_on_a_gpu_the_graph_is_tried(tune: Any) -> None:
    times = {
        (precision, compiled, graph): 1000 - 300 * graph - 100 * compiled - 50 * (precision == "tf32")
        for precision in ("fp32", "tf32", "bf16", "fp16")
        for compiled in (False, True)
        for graph in (False, True)
    }
    tuned = tune(Machine("cuda", times))

    assert way(tuned.chosen) == "tf32, compiled, CUDA graph"
    assert command_of(tuned.chosen).endswith(
        "--set training.cuda_graph=true --batch-size 128 --precision tf32 --set training.compile=true"
    )
    assert "CUDA graph" not in tuned.not_tried


def test_a_training_that_no_graph_can_hold_is_tuned_without_one(tune: Any) -> None:
    class Refusing(Machine):
        def ask(self, task: Any, timeout: float) -> Any:
            if isinstance(task, Prepare):
                graphs = [cell.named.get(tuning.CUDA_GRAPH) == "true" for cell in task.cells]
                return Prepared(
                    refusals=tuple("training.cuda_graph can't capture" if on else None for on in graphs)
                )
            return super().ask(task, timeout)

    tuned = tune(Refusing("cuda", CPU))

    assert way(tuned.chosen) == "bf16"
    assert tuned.not_tried["CUDA graph"] == "training.cuda_graph can't capture"
