"""The process that does one task: `python -m ganzoo.benchmark.measure.worker` with the task as JSON on stdin.

A cell has a process to itself so that none inherits another's memory, threads, caches or choice of
algorithms, and so that one that dies takes nobody along. The answer is one line of JSON on stdout;
whatever else a plugin prints goes to stderr.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from typing import Any, Final, cast

import torch

from ganzoo.arithmetic import flops
from ganzoo.arithmetic.peaks import Peak
from ganzoo.benchmark.codec import decode, encode
from ganzoo.benchmark.measure import calibration, measurement, memory, parts, profiling
from ganzoo.benchmark.measure.cells import Cell
from ganzoo.benchmark.measure.clocks import ProcessorClock, Step
from ganzoo.benchmark.measure.cuda import CudaApi, CudaGauge
from ganzoo.benchmark.measure.gauges import Gauge, HostGauge, resident_bytes
from ganzoo.benchmark.measure.loss_curve import take_losses
from ganzoo.benchmark.measure.measurement import Limits
from ganzoo.benchmark.measure.probing import gauge_of, probe
from ganzoo.benchmark.measure.tasks import (
    Account,
    Answer,
    Calibrate,
    Measure,
    Measured,
    Prepare,
    Prepared,
    Probe,
    TakeLosses,
    TaskFailure,
)
from ganzoo.benchmark.measure.workload import Workload, build, require_trainable
from ganzoo.devices import choose_device, choose_precision
from ganzoo.errors import GanzooError, UsageError

_MARKED_STEPS: Final = 20
"""Most steps whose parts are timed."""

_MARKED_NS: Final = 2_000_000_000
"""About how long these take at most."""


def measure(task: Measure) -> Measured:
    """Times a cell once."""
    baseline = resident_bytes()
    device = choose_device(task.cell.device)
    gauge = HostGauge(ProcessorClock()) if task.processor_time else gauge_of(device)
    parent = os.getppid()
    workload = build(task.cell)
    gauge.reset_peaks()
    limits = Limits(task.seconds, task.half_width, task.cell.seed)
    warm = measurement.warm_up(gauge.clock, workload.step, limits)
    gauge.reset_peaks()
    launch = measurement.take_launch(
        gauge, workload.step, limits, workload.sampled, lambda: _require_parent(parent)
    )
    account = _account(task, workload, gauge, baseline, launch.blocks_ns[-1][-1]) if task.account else None
    return Measured(
        launch=launch,
        clock=gauge.clock.name,
        images_per_step=workload.images_per_step,
        first_step_ns=warm.first_step_ns,
        warmup_steps=warm.steps,
        steps_per_sample=workload.sampled,
        account=account,
    )


def _account(task: Measure, workload: Workload, gauge: Gauge, baseline: int | None, step_ns: int) -> Account:
    """Everything but time; after the samples, so that it can't disturb them."""

    def whole_cycle(step: Step) -> None:
        for _ in range(workload.cycle):
            step()

    peaks = gauge.peaks()
    overhead = measurement.overhead_ns(gauge.clock)
    activations = memory.activations_peak(lambda: whole_cycle(workload.step), gauge)
    counted = flops.count(lambda: whole_cycle(workload.plain_step))
    cycles = max(1, min(_MARKED_STEPS, _MARKED_NS // step_ns) // workload.cycle)
    return Account(
        parameters=workload.parameters,
        flops=round(counted.per_step / workload.cycle),
        flops_by_operator={
            name: round(number / workload.cycle) for name, number in counted.by_operator.items()
        },
        subphases={} if workload.engine is None else parts.measure(workload, gauge.clock, cycles),
        memory=memory.describe(workload, peaks, activations, baseline),
        overhead_ns=overhead,
        kernels=profiling.kernels(workload, gauge.clock, task.cell) if task.kernels else None,
    )


def _require_parent(parent: int) -> None:
    """Ends the process where nobody waits for its answer any more."""
    if os.getppid() != parent:
        sys.exit(1)


def prepare_all(task: Prepare) -> Prepared:
    """Prepares the training of every cell, one after the other."""
    return Prepared(refusals=tuple(map(_refusal, task.cells)))


def _refusal(cell: Cell) -> str | None:
    try:
        require_trainable(cell)
    except GanzooError as error:
        return str(error)
    except Exception:  # memory, say: its row will tell
        return None
    return None


def calibrate(task: Calibrate) -> Peak:
    """Measures the peak of the CPU."""
    return calibration.measure_peak(choose_precision(task.precision, torch.device("cpu")))


def answer(request: Any) -> Answer:
    """Does a task; failures are answers too."""
    kind, content = request["kind"], request["task"]
    tasks: dict[str, tuple[type[Any], Callable[[Any], Answer]]] = {
        "Measure": (Measure, measure),
        "Probe": (Probe, probe),
        "Prepare": (Prepare, prepare_all),
        "Calibrate": (Calibrate, calibrate),
        "TakeLosses": (TakeLosses, take_losses),
    }
    cls, do = tasks[kind]
    try:
        return do(decode(cls, content))
    except UsageError as error:
        return TaskFailure(status="unsupported", reason=str(error), exit_code=error.exit_code)
    except GanzooError as error:
        return TaskFailure(status="failed", reason=str(error), exit_code=error.exit_code)
    except Exception as error:
        return _failure(error)


def _failure(error: BaseException) -> TaskFailure:
    gauges: list[Gauge] = [HostGauge()]
    if torch.cuda.is_available():
        gauges.append(CudaGauge(cast(CudaApi, torch.cuda), 0))
    is_memory = any(gauge.is_out_of_memory(error) for gauge in gauges)
    first_line = (str(error).strip().splitlines() or [""])[0]
    return TaskFailure(
        status="out-of-memory" if is_memory else "failed",
        reason=f"{type(error).__name__}: {first_line}",
        exit_code=1,
    )


def main() -> None:
    """Reads a task, does it and writes the answer."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    result = answer(json.load(sys.stdin))
    json.dump({"kind": type(result).__name__, "answer": encode(result)}, answers)
    answers.close()


if __name__ == "__main__":
    main()
