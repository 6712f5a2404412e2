"""Memory by what it holds: what is kept from step to step, and what a step needs above that."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from torch import Tensor, nn
from torch.optim import Optimizer
from torch.profiler import ProfilerActivity, profile

from ganzoo.benchmark.measure.clocks import Step
from ganzoo.benchmark.measure.gauges import Gauge, Peaks
from ganzoo.benchmark.measure.recording_file import recording_file
from ganzoo.benchmark.measure.workload import Workload
from ganzoo.benchmark.report import Memory


def describe(
    workload: Workload, peaks: Peaks, activations_peak: int | None, resident_baseline: int | None
) -> Memory:
    """Adds up what a workload keeps after a step, beside the peaks that were read."""
    is_training = bool(workload.optimizers)
    return Memory(
        weights=sum(_weights(network) for network in workload.networks),
        gradients=sum(_gradients(network) for network in workload.networks) if is_training else None,
        optimizer=sum(_state(optimizer) for optimizer in workload.optimizers) if is_training else None,
        average=None if workload.average is None else _weights(workload.average),
        activations_peak=activations_peak,
        allocated_peak=peaks.allocated,
        reserved_peak=peaks.reserved,
        device_used=peaks.device_used,
        resident_peak=peaks.resident,
        resident_baseline=resident_baseline,
    )


def activations_peak(step: Step, gauge: Gauge) -> int | None:
    """The most bytes that one step holds above what was held before it."""
    before = gauge.allocated()
    if before is None:
        return _profiled_peak(step)
    gauge.reset_peaks()
    before = gauge.allocated()
    step()
    gauge.clock.wait()
    peak = gauge.peaks().allocated
    return None if peak is None or before is None else peak - before


def _profiled_peak(step: Step) -> int:
    """The same on a CPU, from the profiler's record of every tensor that comes and goes.

    Workspaces that libraries allocate themselves are not in it.
    """
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as profiler:
        step()
    with recording_file(profiler) as path:
        events = json.loads(path.read_text(encoding="utf-8"))["traceEvents"]
    return running_peak(
        (event["ts"], event["args"]["Bytes"]) for event in events if event.get("name") == "[memory]"
    )


def running_peak(changes: Iterable[tuple[Any, int]]) -> int:
    """The highest sum that changes reach, from 0, in the order of their times."""
    peak = held = 0
    for _, change in sorted(changes, key=lambda timed: timed[0]):
        held += change
        peak = max(peak, held)
    return peak


def _weights(network: nn.Module) -> int:
    return sum(tensor.nbytes for tensor in (*network.parameters(), *network.buffers()))


def _gradients(network: nn.Module) -> int:
    return sum(parameter.grad.nbytes for parameter in network.parameters() if parameter.grad is not None)


def _state(optimizer: Optimizer) -> int:
    tensors = (value for state in optimizer.state.values() for value in state.values())
    return sum(tensor.nbytes for tensor in tensors if isinstance(tensor, Tensor))
