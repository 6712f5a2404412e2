"""Which call of the host started which event on the GPU, and which launch has none."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ganzoo.trace.events import GpuEvent, HostEvent, Trace
from ganzoo.trace.intervals import Stretch, covers, union
from ganzoo.trace.vocabulary import CAPTURE_BEGINS, CAPTURE_ENDS, is_graph_launch, is_launch

Callers = Sequence[HostEvent | None]
"""For each event of `Trace.gpu`, in that order, the call that started it; None where it wasn't recorded."""


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


def join(trace: Trace) -> Callers:
    """Finds the call that started each event on the GPU: the one with the same correlation.

    Where recordings of several processes were merged, a correlation can occur more than once; the last
    call before the event is taken.
    """
    calls = _by_correlation(trace)
    return [_caller(event, calls) for event in trace.gpu]


def _by_correlation(trace: Trace) -> dict[int, list[HostEvent]]:
    """Calls that launch, and calls that something on the GPU refers to, in order of time."""
    referred = {event.correlation for event in trace.gpu}
    calls: dict[int, list[HostEvent]] = {}
    for call in trace.calls:
        if call.correlation is not None and (call.correlation in referred or launches_anything(call)):
            calls.setdefault(call.correlation, []).append(call)
    return {key: _distinct(same) if len(same) > 1 else same for key, same in calls.items()}


def launches_anything(call: HostEvent) -> bool:
    """Whether a call launches a kernel or a graph of them."""
    return is_launch(call.name) or is_graph_launch(call.name)


def _distinct(calls: Iterable[HostEvent]) -> list[HostEvent]:
    """Drops the call of the driver inside a call of the runtime: both are one launch.

    Of calls at the same time, thread and name decide, so that the order in the file doesn't.
    """
    distinct: list[HostEvent] = []
    for call in sorted(calls, key=lambda call: (call.start, -call.duration, str(call.thread), call.name)):
        if not (distinct and call.thread == distinct[-1].thread and call.start < distinct[-1].end):
            distinct.append(call)
    return distinct


def _caller(event: GpuEvent, calls: Mapping[int, list[HostEvent]]) -> HostEvent | None:
    candidates = calls.get(event.correlation) if event.correlation is not None else None
    if not candidates:
        return None
    if len(candidates) == 1:
        return candidates[0]
    return candidates[max(bisect_right(candidates, event.start, key=lambda call: call.start) - 1, 0)]


def summarise(trace: Trace, callers: Callers) -> KernelLaunches:
    """Counts the launches, and those whose kernel is missing."""
    pairs = [(event, call) for event, call in zip(trace.gpu, callers, strict=True) if call is not None]
    with_kernel = {call for event, call in pairs if event.kind == "kernel"}
    with_anything = {call for _, call in pairs}
    known = [call for same in _by_correlation(trace).values() for call in same if launches_anything(call)]
    missing = [
        call for call in known if call not in (with_anything if is_graph_launch(call.name) else with_kernel)
    ]
    launches = known + [call for call in trace.calls if call.correlation is None and launches_anything(call)]
    captures = _captures(trace.calls)
    captured = sum(covers(captures, call.start) for call in missing)
    launched = [(event, call) for event, call in pairs if event.kind == "kernel"]
    delays = sorted(event.start - call.start for event, call in launched)
    queues = sorted(_queues(launched))
    return KernelLaunches(
        count=sum(is_launch(call.name) for call in launches),
        graphs=sum(is_graph_launch(call.name) for call in launches),
        total=sum(call.duration for call in launches),
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


def _exceeded_by(in_order: Sequence[int], share: float) -> int | None:
    """The value that at most this share of the others exceed; one half: the upper median."""
    return in_order[int(len(in_order) * (1 - share))] if in_order else None


def _queues(launched: Iterable[tuple[GpuEvent, HostEvent]]) -> Iterator[int]:
    """At each launch, how many kernels that were launched before it haven't ended, on the same GPU."""
    devices: dict[int | None, list[tuple[GpuEvent, HostEvent]]] = defaultdict(list)
    for event, call in launched:
        devices[event.device].append((event, call))
    for pairs in devices.values():
        ends = sorted(event.end for event, _ in pairs)
        for before, launch in enumerate(sorted(call.start for _, call in pairs)):
            # What had ended by then had been launched by then.
            yield max(before - bisect_right(ends, launch), 0)


def _dropped_nodes(events: Iterable[GpuEvent]) -> int:
    replays: dict[int, Counter[int | None]] = defaultdict(Counter)
    for event in events:
        if event.graph is not None:
            replays[event.graph][event.correlation] += 1
    return sum(max(sizes.values()) * len(sizes) - sizes.total() for sizes in replays.values())


def _captures(calls: Iterable[HostEvent]) -> list[Stretch]:
    """When a stream was captured into a graph; autograd launches on its own threads meanwhile."""
    borders = sorted(
        (call.start, call.end, CAPTURE_ENDS in call.name)
        for call in calls
        if CAPTURE_BEGINS in call.name or CAPTURE_ENDS in call.name
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
