"""The calls that launch kernels: how long kernels wait after them, and which launch has no kernel."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ganzoo.trace.callers import UNKNOWN, Callers, launches_kernels
from ganzoo.trace.columns import Events, as_columns
from ganzoo.trace.events import GpuEvent, HostEvent, Trace
from ganzoo.trace.intervals import Stretch, covers, union
from ganzoo.trace.vocabulary import CAPTURE_BEGINS, CAPTURE_ENDS, is_graph_launch, is_launch


@dataclass(frozen=True)
class KernelLaunches:
    """The calls that launch kernels. Times in nanoseconds."""

    count: int
    """Calls that launch one kernel each."""
    graphs: int
    """Replays of a graph of kernels."""
    total: int
    """Time that the host spent in both."""
    joined: int
    """Kernels whose call is known."""
    median_delay: int | None
    """From the start of the call to the start of the kernel, the upper median; long where kernels queue."""
    tenth_delay: int | None
    """What a tenth of these delays exceed."""
    longest_delay: int | None
    median_queue: int | None
    """Kernels that are launched and not yet done when the next is launched, the upper median: where it is 0
    the GPU waits for the host.
    """
    longest_queue: int | None
    captured: int
    """Launches that were written into a graph, so that no kernel ran."""
    dropped: int
    """Launches whose kernel is missing: the profiler lost it."""
    dropped_nodes: int
    """Events by which replays of a graph fall short of its fullest replay."""


def summarise(trace: Trace, callers: Callers) -> KernelLaunches:
    """Counts the launches, and those whose kernel is missing."""
    calls = as_columns(trace.calls)
    with_kernel, with_anything = bytearray(len(calls)), bytearray(len(calls))
    for event, place in zip(trace.gpu, callers.places, strict=True):
        if place != UNKNOWN:
            with_anything[place] = True
            with_kernel[place] |= event.kind == "kernel"
    missing = [
        calls.starts[place]
        for place in callers.launches
        if not (with_anything if is_graph_launch(calls.name(place)) else with_kernel)[place]
    ]
    captures = _captures(calls)
    captured = sum(covers(captures, start) for start in missing)
    delays = sorted(kernel.start - call.start for kernel, call in _launched(trace, callers))
    queues = sorted(_queues(_launched(trace, callers)))
    launches = [
        call for call in calls.where(lambda call: launches_kernels(call.name)) if call.correlation is None
    ]
    names = Counter(map(calls.name, callers.launches)) + Counter(call.name for call in launches)
    return KernelLaunches(
        count=sum(times for name, times in names.items() if is_launch(name)),
        graphs=sum(times for name, times in names.items() if is_graph_launch(name)),
        total=sum(calls.durations[place] for place in callers.launches) + sum(c.duration for c in launches),
        joined=len(delays),
        median_delay=_exceeded_by(delays, 1 / 2),
        tenth_delay=_exceeded_by(delays, 1 / 10),
        longest_delay=delays[-1] if delays else None,
        median_queue=_exceeded_by(queues, 1 / 2),
        longest_queue=queues[-1] if queues else None,
        captured=captured,
        dropped=len(missing) - captured,
        dropped_nodes=_dropped_nodes(trace.gpu),
    )


def _launched(trace: Trace, callers: Callers) -> Iterator[tuple[GpuEvent, HostEvent]]:
    """The kernels whose call is known, each with it."""
    for event, call in zip(trace.gpu, callers, strict=True):
        if event.kind == "kernel" and call is not None:
            yield event, call


def _exceeded_by(in_order: Sequence[int], share: float) -> int | None:
    """The value that at most this share of the others exceed; one half: the upper median."""
    return in_order[int(len(in_order) * (1 - share))] if in_order else None


def _queues(launched: Iterable[tuple[GpuEvent, HostEvent]]) -> Iterator[int]:
    """At each launch, how many kernels that were launched before it haven't ended, on the same GPU."""
    devices: dict[int | None, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for event, call in launched:
        launches, ends = devices[event.device]
        launches.append(call.start)
        ends.append(event.end)
    for launches, ends in devices.values():
        launches.sort()
        ends.sort()
        for before, launch in enumerate(launches):
            # What had ended by then had been launched by then.
            yield max(before - bisect_right(ends, launch), 0)


def _dropped_nodes(events: Iterable[GpuEvent]) -> int:
    replays: dict[int, Counter[int | None]] = defaultdict(Counter)
    for event in events:
        if event.graph is not None:
            replays[event.graph][event.correlation] += 1
    return sum(max(sizes.values()) * len(sizes) - sizes.total() for sizes in replays.values())


def _captures(calls: Events[HostEvent]) -> list[Stretch]:
    """When a stream was captured into a graph; autograd launches on its own threads meanwhile."""
    borders = sorted(
        (call.start, call.end, CAPTURE_ENDS in call.name)
        for call in calls.where(lambda call: CAPTURE_BEGINS in call.name or CAPTURE_ENDS in call.name)
    )
    captures: list[Stretch] = []
    begun: int | None = None
    for start, end, ends in borders:
        if not ends:
            begun = start if begun is None else begun
        elif begun is not None:
            captures.append((begun, end))
            begun = None
    return union(captures)
