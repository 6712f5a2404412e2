"""Where a step's time goes, by kernel on a GPU and by operator on a CPU; a pass of its own, never timed.

The pass is recorded by torch's profiler and analysed as any recording is (`ganzoo.trace`).
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Final

from torch.profiler import ProfilerActivity, profile, record_function, schedule

from ganzoo import trace
from ganzoo.benchmark.measure.cells import Cell
from ganzoo.benchmark.measure.clocks import Clock, take_block
from ganzoo.benchmark.measure.kernel_tables import Recorded, of_kernels, of_operators
from ganzoo.benchmark.measure.recording_file import recording_file
from ganzoo.benchmark.measure.workload import Workload
from ganzoo.benchmark.report import KernelTable
from ganzoo.engine import parts as step_parts

_STEPS: Final = 3
"""Steps that are recorded; a whole cycle where the work repeats after more."""

_WARM: Final = 2
"""Steps before them under the profiler, whose first steps are slow and may lack kernels."""

_PREFIX: Final = "ganzoo: "
"""Begins the name of a range that is a part of the training step."""


def kernels(workload: Workload, clock: Clock, cell: Cell) -> KernelTable:
    """Records some steps and returns the table of kernels, of operators where there is no GPU.

    Args:
        workload: warm.
        clock: of its device.
        cell: what it is of; a training step is split into its parts.
    """
    is_gpu = clock.name == "cuda-event"
    count = max(_STEPS, workload.cycle)
    profiler, step_ns = _record(workload, clock, is_gpu, count)
    with recording_file(profiler) as path:
        recording = trace.read(path)
    recorded = Recorded(
        steps=trace.within(recording, "ProfilerStep#*"),
        parts={
            name.removeprefix(_PREFIX): trace.within(recording, name)
            for name in dict.fromkeys(event.name for event in recording.ranges)
            if name.startswith(_PREFIX)
        },
        count=count,
        step_ns=step_ns,
    )
    return (of_kernels if is_gpu else of_operators)(recorded, cell)


def _record(workload: Workload, clock: Clock, is_gpu: bool, count: int) -> tuple[profile, int]:
    """What a profiler has recorded, and the time of a step under it."""
    ranges = _Ranges()
    activities = [ProfilerActivity.CPU] + [ProfilerActivity.CUDA] * is_gpu
    times = []
    with (
        step_parts.listening(ranges.enter),
        profile(
            activities=activities,
            schedule=schedule(wait=0, warmup=_WARM, active=count, repeat=1),
        ) as profiler,
    ):
        for number in range(_WARM + count):
            if number < _WARM:
                take_block(clock, workload.step, 1)  # waits, so that no kernel of a warm-up step is recorded
            else:
                times.append(take_block(clock, workload.step, 1).wall_ns)
            profiler.step()
    return profiler, sum(times) // len(times)


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
