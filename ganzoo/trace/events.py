"""What is kept of a recording: the events that carry time, in integer nanoseconds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ganzoo.trace.columns import Events, as_columns
from ganzoo.trace.intervals import Stretch


class GpuEvent(NamedTuple):
    """One kernel, copy or fill on a GPU."""

    kind: str
    """`kernel`, `memcpy` or `memset`."""
    name: str
    start: int
    duration: int
    device: int | None
    stream: int | str | None
    correlation: int | None
    """Shared with the host's call that launched it; every kernel of a replayed CUDA graph has the same."""
    bytes: int = 0
    graph: int | None = None
    """Number of the CUDA graph of which it is a node."""

    @property
    def end(self) -> int:
        """When it ended."""
        return self.start + self.duration

    def at(self, start: int, duration: int, correlation: int | None) -> GpuEvent:
        """The same at another time."""
        kind, name, _, _, device, stream, _, size, graph = self
        return GpuEvent(kind, name, start, duration, device, stream, correlation, size, graph)


class HostEvent(NamedTuple):
    """One call, operator or range on a thread of the host."""

    name: str
    start: int
    duration: int
    thread: tuple[int | str | None, int | str | None]
    """Process and thread."""
    correlation: int | None = None
    """Of a call of the CUDA or HIP runtime or driver; None for operators and ranges."""

    @property
    def end(self) -> int:
        """When it ended."""
        return self.start + self.duration

    def at(self, start: int, duration: int, correlation: int | None) -> HostEvent:
        """The same at another time."""
        return HostEvent(self.name, start, duration, self.thread, correlation)


@dataclass(frozen=True)
class Rejected:
    """Events that are left out because their time can't be."""

    what: str
    """Their kind and what is wrong: `kernel of negative duration`."""
    count: int
    example: str
    """The first of them: its name, start and duration."""

    def __str__(self) -> str:
        return f"{self.count:,} event{'s' * (self.count != 1)} left out: {self.what}, {self._which}"

    @property
    def _which(self) -> str:
        return self.example if self.count == 1 else f"the first {self.example}"


@dataclass(frozen=True)
class Trace:
    """A recording. Events may be given in any order and are kept as columns, in order of time."""

    gpu: Sequence[GpuEvent] = ()
    calls: Sequence[HostEvent] = ()
    """Calls of the CUDA or HIP runtime and driver."""
    operators: Sequence[HostEvent] = ()
    ranges: Sequence[HostEvent] = ()
    """Stretches that the program named: `record_function`, the profiler's steps, optimisers."""
    devices: Mapping[int, str] = field(default_factory=dict)
    """Names of the machine's GPUs, as far as the recording tells."""
    rejected: tuple[Rejected, ...] = ()
    """Events with an impossible time, which are left out."""
    stretches: tuple[Stretch, ...] = ()
    """The host's time to which a selection was cut, disjoint and in order; empty for a whole recording."""
    stopped_early: bool = False
    """Whether the profiler's own log says that CUPTI, which records the kernels, gave up."""
    rank: int | None = None
    """Number of the process among those that trained together, as far as recorded."""
    world_size: int | None = None
    """How many processes trained together, as far as recorded."""

    def __post_init__(self) -> None:
        for name in ("gpu", "calls", "operators", "ranges"):
            events: Events[Any] = as_columns(getattr(self, name))
            events.sort()
            object.__setattr__(self, name, events)
