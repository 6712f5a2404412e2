"""The search for the batch: which sizes are tried, why no larger ones, and where the knee is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ganzoo.benchmark.measure import batch_search, harness
from ganzoo.benchmark.measure.available import available_memory
from ganzoo.benchmark.measure.batch_search import BatchSearch, largest_within, predict, smallest
from ganzoo.benchmark.measure.cells import Axes, ModelChoice
from ganzoo.benchmark.measure.harness import Outcome
from ganzoo.benchmark.measure.planning import Plan
from ganzoo.benchmark.measure.tasks import Account, Calibrate, Measure, Measured, Probe, Probed, TaskFailure
from ganzoo.benchmark.report import Launch, Memory, Parameters, Peak
from ganzoo.benchmark.show.scaling import Doubling, bend, doublings
from ganzoo.cli.bench_batch_output import print_batches, recommended, verdict

GIB = 2**30
DCGAN = ModelChoice(model="ganzoo-models:dcgan", components={}, batch_size=64)


class Machine:
    """Answers as a device would: 1 GiB and 8 MiB an image; a step takes 10 ms, or 0.1 ms an image."""

    def __init__(self, device: str = "cpu", holds: int = 2**60, seconds: float = 1e-4) -> None:
        self.tried: list[int] = []
        self._device, self._holds, self._seconds = device, holds, seconds

    def needs(self, batch: int) -> int:
        return GIB + batch * 8 * 2**20

    def ask(self, task: Any, _timeout: float) -> Any:
        if isinstance(task, Probe):
            return Probed(
                environment={}, device_type=self._device, device_name="a device", threads=1,
                precisions={"auto": "fp32"}, refusals={}, images=("3x32x32",), available=self._holds,
            )  # fmt: skip
        if isinstance(task, Calibrate):
            return Peak(flops_per_second=1e9, bytes_per_second=1e9, source="measured", measured=True)
        assert isinstance(task, Measure)
        batch = task.cell.batch_size
        if task.account:
            self.tried.append(batch)
        if self.needs(batch) > self._holds:
            return TaskFailure(status="out-of-memory", reason="there was none", exit_code=1)
        step = round(1e9 * max(0.01, batch * self._seconds))
        return Measured(
            launch=Launch(blocks_ns=((step, step),), wall_ns=(2 * step,), dispatch_ns=(2 * step,)),
            clock="perf-counter", images_per_step=batch, first_step_ns=step, warmup_steps=3,
            steps_per_sample=1, account=self._account(batch) if task.account else None,
        )  # fmt: skip

    def _account(self, batch: int) -> Account:
        is_cuda = self._device == "cuda"
        memory = Memory(
            weights=1, gradients=None, optimizer=None, average=None, activations_peak=None,
            allocated_peak=self.needs(batch) if is_cuda else None, reserved_peak=None, device_used=None,
            resident_peak=None if is_cuda else self.needs(batch), resident_baseline=None,
        )  # fmt: skip
        return Account(
            parameters=Parameters(generator=1, discriminator=1), flops=1, flops_by_operator={}, subphases={},
            memory=memory, overhead_ns=1, kernels=None,
        )  # fmt: skip


class Silent:
    def planned(self, cells: int | None, launches: int, seconds: float) -> None: ...

    def launched(self, number: int, cell: Any) -> None: ...

    def finished(self, cell: Any, result: str) -> None: ...


@pytest.fixture
def search(monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[Outcome, BatchSearch]]:
    def start(machine: Machine, free: int | None = None) -> tuple[Outcome, BatchSearch]:
        monkeypatch.setattr(harness, "ask", machine.ask)
        monkeypatch.setattr(batch_search, "available_memory", lambda: free)
        axes = Axes(phases=("train-step",), batch_sizes=(), images=(), precisions=(), channels_last=(True,),
                    compile=())  # fmt: skip
        plan = Plan(choices=(DCGAN,), axes=axes, device="auto", launches=3, max_time=1.0, seed=0,
                    kernels=False, is_overview=False)  # fmt: skip
        outcome, (found,) = batch_search.run(plan, Silent())
        return outcome, found

    return start


def test_a_cpu_is_never_driven_beyond_the_memory_that_is_free(search: Any) -> None:
    # 80 % of 5 GiB are 4 GiB: 3 GiB of images, 384 of them.
    machine = Machine()
    outcome, found = search(machine, free=5 * GIB)

    assert machine.tried == [16, 32, 64, 128, 256]
    assert max(map(machine.needs, machine.tried)) <= 0.8 * 5 * GIB
    assert found.end == "512 would take about 5.00 GiB of the 4.00 GiB that it may take"
    assert found.limit == 384
    assert [row.key.batch_size for row in outcome.rows] == machine.tried
    assert {len(row.timing.launches) for row in outcome.rows if row.timing} == {3}


def test_the_second_size_is_tried_only_where_twice_the_first_would_fit(search: Any) -> None:
    machine = Machine()
    _, found = search(machine, free=2 * GIB)  # the first takes 1.125 GiB of 1.6

    assert machine.tried == [16]
    assert found.end == "32 would take about 2.25 GiB of the 1.60 GiB that it may take"
    assert verdict(found).endswith("and one batch alone has no knee")


def test_where_free_memory_is_unknown_nothing_is_risked(search: Any) -> None:
    machine = Machine()
    _, found = search(machine, free=None)

    assert machine.tried == [16]
    assert found.end == "how much memory there is can't be told here"


def test_a_gpu_may_run_out_of_memory(search: Any) -> None:
    class Fragmented(Machine):
        def ask(self, task: Any, timeout: float) -> Any:
            if isinstance(task, Measure) and task.cell.batch_size == 256:
                self.tried.append(256)
                return TaskFailure(status="out-of-memory", reason="fragments", exit_code=1)
            return super().ask(task, timeout)

    machine = Fragmented("cuda", holds=4 * GIB)
    outcome, found = search(machine)

    assert machine.tried == [16, 32, 64, 128, 256]
    assert found.end == "256 runs out of memory"
    assert [row.status for row in outcome.rows] == ["ok"] * 4 + ["out-of-memory"]
    assert recommended(found.rows) in (64, 128)


def test_a_step_that_takes_long_ends_the_search(search: Any) -> None:
    machine = Machine(seconds=0.01)
    _, found = search(machine, free=10**13)

    assert machine.tried == [16, 32, 64, 128, 256]  # of which the last takes 2.56 s
    assert found.end == "a step of 512 would take about 5 s, too long to measure"
    assert recommended(found.rows) == 16  # every image costs the same from the first size on


@pytest.mark.parametrize(
    ("seconds", "tried", "end"),
    [
        (20, [16, 32, 64, 128, 256], "the search has taken 100 s, and goes on with --batch-size 512"),
        (80, [16, 32, 64, 128], "the search has taken 320 s, and goes on with --batch-size 256"),
    ],
)
def test_doubling_that_is_cheap_for_ever_ends_by_the_clock(
    search: Any, monkeypatch: pytest.MonkeyPatch, seconds: int, tried: list[int], end: str
) -> None:
    clock = iter(range(0, 10**6, seconds))
    monkeypatch.setattr(batch_search, "perf_counter", lambda: next(clock))
    machine = Machine(seconds=1e-9)
    _, found = search(machine, free=10**15)

    assert machine.tried == tried  # at least up to twice the recipe's 64
    assert found.end == end
    assert found.end in verdict(found)


def test_the_knee_is_the_first_batch_that_is_not_worth_doubling(search: Any) -> None:
    _, found = search(Machine(), free=5 * GIB)

    # 10 ms a step up to 100 images, then 0.1 ms an image: 6,400 images/s at 64, 10,000 from 128 on.
    gains = {gain.batch: gain.estimate for gain in doublings(found.rows)}
    assert gains == pytest.approx({16: 1, 32: 1, 64: 0.5625, 128: 0})
    assert recommended(found.rows) == 128
    assert "128 is the knee: doubling it changes images/s by +0.0 % (+0.0 % to +0.0 %)" in verdict(found)


@pytest.mark.parametrize(
    ("estimate", "low", "high", "is_knee", "is_sure"),
    [
        (0.02, 0.01, 0.03, True, True),
        (0.02, -0.02, 0.06, True, False),
        (0.06, 0.04, 0.08, False, False),
        (0.06, 0.055, 0.07, False, True),
        (-0.3, -0.4, -0.1, True, True),
    ],
)
def test_a_knee_within_the_interval_is_uncertain(
    estimate: float, low: float, high: float, is_knee: bool, is_sure: bool
) -> None:
    gain = Doubling(64, estimate, low, high)

    assert (bend([gain]) is gain) == is_knee
    assert gain.is_sure == is_sure


def test_memory_is_a_fixed_part_and_one_for_each_image() -> None:
    assert predict([(16, 1600)], 32) == 3200  # by one size, as if all of it grew
    assert predict([(16, 1160), (32, 1320)], 64) == 1640  # 1,000 and 10 an image
    assert predict([(16, 1160), (32, 1100)], 64) == 1100  # a slope that falls is an error
    assert largest_within([(16, 1160), (32, 1320)], 2000) == 100
    assert largest_within([(16, 1160)], 2000) is None


def test_the_search_begins_below_the_recipes_batch() -> None:
    assert smallest(ModelChoice(model="dcgan", components={})) == 32  # a quarter of 128
    assert smallest(ModelChoice(model="dcgan", components={}, batch_size=50)) == 25
    assert smallest(ModelChoice(model="dcgan", components={}, batch_size=7)) == 7


# Free memory


def machine_files(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def test_free_memory_is_the_least_of_machine_and_control_groups(tmp_path: Path) -> None:
    files = {"proc/meminfo": "MemTotal: 9000 kB\nMemAvailable: 4000 kB\n"}
    assert available_memory(machine_files(tmp_path, files)) == 4000 * 1024

    second = {
        "proc/self/cgroup": "0::/a/b\n",
        "sys/fs/cgroup/a/memory.max": "3000000\n",
        "sys/fs/cgroup/a/memory.current": "1000000\n",
        "sys/fs/cgroup/a/memory.stat": "anon 5\ninactive_file 200000\n",
        "sys/fs/cgroup/a/b/memory.max": "max\n",
        "sys/fs/cgroup/a/b/memory.current": "900000\n",
    }
    assert available_memory(machine_files(tmp_path, second)) == 2_200_000

    first = {
        "proc/self/cgroup": "5:cpu,memory:/docker/x\n",
        "sys/fs/cgroup/memory/memory.limit_in_bytes": "2000000\n",  # in a container its own group
        "sys/fs/cgroup/memory/memory.usage_in_bytes": "500000\n",
    }
    assert available_memory(machine_files(tmp_path, first)) == 1_500_000


def test_free_memory_that_is_not_told(tmp_path: Path) -> None:
    assert available_memory(tmp_path) is None


def test_only_a_batch_that_was_trained_with_is_recommended_for_a_training(
    search: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    _, found = search(Machine(), free=5 * GIB)
    drawn = [replace(row, key=replace(row.key, phase="generate")) for row in found.rows]

    print_batches([found], {})
    assert "use it    ganzoo train " in capsys.readouterr().out
    print_batches([replace(found, rows=drawn)], {})
    said = capsys.readouterr().out
    assert "verdict" in said
    assert "use it" not in said
