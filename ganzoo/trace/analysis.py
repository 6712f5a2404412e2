"""Everything that is said about a recording, in integer nanoseconds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

from ganzoo.trace import idle, launches, operators, problems, ranges
from ganzoo.trace.bottleneck import Bottleneck, judge
from ganzoo.trace.callers import join, launches_kernels
from ganzoo.trace.columns import Events, as_columns
from ganzoo.trace.events import GpuEvent, Trace
from ganzoo.trace.intervals import length, merged_in_order
from ganzoo.trace.kernels import Category, Kernel
from ganzoo.trace.kernels import summarise as summarise_kernels
from ganzoo.trace.vocabulary import STEP

SMALL: Final = 10_000
"""Nanoseconds below which launching a kernel costs about as much as running it."""

_TRANSFERS: Final = ("HtoD", "DtoH")


@dataclass(frozen=True)
class Work:
    """Events of one sort: their number and the sum of their durations."""

    count: int
    total: int


@dataclass(frozen=True)
class Kernels(Work):
    """All kernels."""

    union: int
    """Time in which any ran: less than `total` where streams overlap."""
    small: int
    """Kernels of less than 10 µs."""


@dataclass(frozen=True)
class Copies(Work):
    """Copies of one kind, or all."""

    name: str
    bytes: int
    """As far as recorded: ROCm does not say."""


@dataclass(frozen=True)
class Device:
    """A GPU on which something ran."""

    id: int | None
    name: str | None
    kernels: int
    busy: int


@dataclass(frozen=True)
class Steps:
    """The profiler's steps that launched anything."""

    kernels: tuple[int, ...]
    """Kernels of each, in order of time."""

    @property
    def stable(self) -> bool:
        """Whether all have the same number; a lazy regularisation or a recompilation differs."""
        return len(set(self.kernels)) <= 1


@dataclass(frozen=True)
class Analysis:
    """What a recording says. Tables are sorted by time, the largest first."""

    kernels: Kernels
    busy: int
    """Time in which any kernel, copy or fill ran on any stream of any GPU."""
    span: int
    """From the start of the first of them to the end of the last."""
    idle: idle.Idle
    memcpy: Copies
    memcpy_kinds: tuple[Copies, ...]
    memset: Work
    launches: launches.KernelLaunches
    problems: tuple[str, ...]
    """Why totals may be too small; empty where the recording is complete."""
    table: tuple[Kernel, ...]
    categories: tuple[Category, ...]
    """By kernel event: a kernel that two sorts of operators use is split between them."""
    ranges: tuple[ranges.Range, ...]
    unattributed: Work
    """Kernels that no range launched; with the own kernels of the ranges they are all kernels."""
    steps: Steps
    devices: tuple[Device, ...]
    operators: tuple[operators.Operator, ...]
    bottleneck: Bottleneck

    @property
    def complete(self) -> bool:
        """Whether every launch has its kernel and every event a possible time."""
        return not self.problems


def analyse(trace: Trace) -> Analysis:
    """Analyses a recording, or what `within` selected of one."""
    callers = join(trace)
    launched = launches.summarise(trace, callers)
    gpu = as_columns(trace.gpu)
    kernels = gpu.where(lambda event: event.kind == "kernel")
    copies = gpu.where(lambda event: event.kind == "memcpy")
    table, categories = summarise_kernels(trace, callers)
    at_launch = Events(
        event.at(call.start, event.duration, None)
        for event, call in zip(trace.gpu, callers, strict=True)
        if event.kind == "kernel" and call is not None
    )
    at_launch.sort()
    in_ranges = ranges.summarise(trace.ranges, at_launch)
    busy, span = _busy(gpu), _span(gpu)
    waiting = idle.split(trace, callers)
    kinds = _copy_kinds(copies)
    total = _work(kernels)
    small = sum(duration < SMALL for duration in kernels.durations)
    return Analysis(
        kernels=Kernels(total.count, total.total, union=_busy(kernels), small=small),
        busy=busy,
        span=span,
        idle=waiting,
        memcpy=Copies(len(copies), _work(copies).total, "all", sum(copy.bytes for copy in copies)),
        memcpy_kinds=kinds,
        memset=_work(gpu.where(lambda event: event.kind == "memset")),
        launches=launched,
        problems=problems.find(trace, callers, launched),
        table=table,
        categories=categories,
        ranges=in_ranges,
        unattributed=Work(
            total.count - sum(row.own_kernels for row in in_ranges),
            total.total - sum(row.own_total for row in in_ranges),
        ),
        steps=_steps(trace, at_launch),
        devices=_devices(trace),
        operators=operators.summarise(trace.operators),
        bottleneck=_bottleneck(
            trace,
            busy=busy,
            idle=waiting,
            transfers=sum(kind.total for kind in kinds if any(word in kind.name for word in _TRANSFERS)),
            launched=launched.count + launched.graphs,
            count=len(kernels),
            small=small,
            categories={category.name: category.total for category in categories},
        ),
    )


def _bottleneck(trace: Trace, **figures: Any) -> Bottleneck:
    found = judge(**figures, devices=trace.devices.values())
    # What a selection lacks, the recording may have.
    return replace(found, advice="") if trace.stretches and not trace.gpu else found


def _work(events: Events[GpuEvent]) -> Work:
    return Work(len(events), sum(events.durations))


def _busy(events: Events[GpuEvent]) -> int:
    """Time in which any of them ran, which are in order of their start."""
    return length(merged_in_order(events.stretches()))


def _span(events: Events[GpuEvent]) -> int:
    return max(end for _, end in events.stretches()) - events.starts[0] if events else 0


def _copy_kinds(copies: Events[GpuEvent]) -> tuple[Copies, ...]:
    rows = [
        Copies(len(same), _work(same).total, name, sum(copy.bytes for copy in same))
        for name, same in copies.by(lambda copy: copy.name).items()
    ]
    return tuple(sorted(rows, key=lambda row: (-row.total, row.name)))


def _steps(trace: Trace, at_launch: Events[GpuEvent]) -> Steps:
    """The kernels of each step; a step that launched nothing is the end of the recording, not a step."""
    steps = [instance for instance in trace.ranges if STEP.match(instance.name)]
    numbered = [step._replace(name=str(number)) for number, step in enumerate(steps)]
    calls = as_columns(trace.calls).where(lambda call: launches_kernels(call.name))
    launching = {row.name for row in ranges.summarise(numbered, calls) if row.kernels}
    kernels = {row.name: row.kernels for row in ranges.summarise(numbered, at_launch)}
    return Steps(tuple(kernels[step.name] for step in numbered if step.name in launching))


def _devices(trace: Trace) -> tuple[Device, ...]:
    used = as_columns(trace.gpu).by(lambda event: event.device)
    return tuple(
        Device(
            id=device,
            name=trace.devices.get(device) if device is not None else None,
            kernels=len(events.where(lambda event: event.kind == "kernel")),
            busy=_busy(events),
        )
        for device, events in sorted(used.items(), key=lambda item: (item[0] is None, item[0] or 0))
    )
