"""Why the totals of a recording may be wrong."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

from ganzoo.trace.callers import Callers
from ganzoo.trace.events import Trace
from ganzoo.trace.launches import KernelLaunches
from ganzoo.trace.vocabulary import STEP

CLOCKS_DIFFER: Final = 1_000_000
"""Nanoseconds by which the clocks of GPU and host may differ: a kernel then seems to precede its launch."""

ROUNDING: Final = 2_000
"""Nanoseconds by which two steps may overlap: recordings of 2021 are rounded to microseconds."""


def find(trace: Trace, callers: Callers, launched: KernelLaunches) -> tuple[str, ...]:
    """Says in words what is missing or can't be.

    Args:
        trace: the recording.
        callers: the call that launched each event on the GPU.
        launched: the launches, summed up.
    """
    problems = []
    if launched.dropped:
        of = launched.count + launched.graphs
        problems.append(f"{launched.dropped:,} of {of:,} launches have no kernel: the profiler lost them")
    if launched.dropped_nodes:
        problems.append(f"replays of a CUDA graph lack {launched.dropped_nodes:,} of its events")
    problems += map(str, trace.rejected)
    early = [
        event
        for event, call in zip(trace.gpu, callers, strict=True)
        if event.kind == "kernel" and call is not None and call.start - event.start > CLOCKS_DIFFER
    ]
    if early:
        start = "kernel starts" if len(early) == 1 else "kernels start"
        first = f"{early[0].name[:60]!r}{' and others' * (len(early) > 1)}"
        problems.append(f"{len(early):,} {start} more than a millisecond before its launch: {first}")
    problems += _overlapping_steps(trace)
    if trace.stopped_early:
        problems.append("the profiler's log says that CUPTI stopped early")
    return tuple(problems)


def _overlapping_steps(trace: Trace) -> list[str]:
    """The first two steps of which one begins before the other ends; one process makes one at a time."""
    found = {(step.start, step.end, step.name) for step in trace.ranges if STEP.match(step.name)}
    for (_, end, name), (start, _, following) in pairwise(sorted(found)):
        if end - start > ROUNDING:
            return [f"the steps {name} and {following} overlap: their times, or their number, can't be right"]
    return []
