"""What the GPU waits for while it does nothing, all streams and devices merged."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import Final

from ganzoo.trace.events import GpuEvent, HostEvent, Trace
from ganzoo.trace.intervals import position
from ganzoo.trace.launches import Callers

SHORT_GAP: Final = 5_000
"""Nanoseconds between two queued kernels that the GPU needs itself."""

LONG_PAUSE: Final = 1_000_000
"""Nanoseconds; a wait of that length is not the cost of launching one kernel."""


_UNKNOWN: Final = -1
"""Launch of an event whose launch is not recorded: before everything on the GPU."""


@dataclass(frozen=True)
class Idle:
    """The time between the first and the last event in which none ran, in nanoseconds.

    The rule is that of Holistic Trace Analysis: the GPU waits for the host where the call that starts
    its next event begins only after it went idle.
    """

    host_wait: int
    long_pauses: int
    """The part of `host_wait` in gaps of a millisecond or more."""
    pauses: int
    """How many gaps of that length."""
    short_gaps: int
    """Gaps of at most 5 µs before an event that was already launched, or whose launch is not recorded."""
    other: int
    """Longer gaps before such an event: synchronisation between streams, copies, other programs."""

    def __add__(self, other: Idle) -> Idle:
        """The idle times of two separate stretches together."""
        return Idle(*(mine + theirs for mine, theirs in zip(astuple(self), astuple(other), strict=True)))

    @property
    def total(self) -> int:
        """All idle time."""
        return self.host_wait + self.short_gaps + self.other


def split(trace: Trace, callers: Callers) -> Idle:
    """Classifies the idle time of a recording; in a selection, that between two stretches doesn't count."""
    stretches: dict[int | None, list[tuple[GpuEvent, HostEvent | None]]] = defaultdict(list)
    for event, call in zip(trace.gpu, callers, strict=True):
        stretch = position(trace.stretches, call.start) if trace.stretches and call is not None else None
        stretches[stretch].append((event, call))
    return sum((_split(pairs) for pairs in stretches.values()), start=Idle(0, 0, 0, 0, 0))


def _split(pairs: Sequence[tuple[GpuEvent, HostEvent | None]]) -> Idle:
    """Goes through the events in order of time and classifies each gap by the event that ends it."""
    host_wait = long_pauses = pauses = short_gaps = other = 0
    # Of events that start together, the one that was launched first ends the gap.
    in_order = sorted(
        (event.start, call.start if call is not None else _UNKNOWN, event.end) for event, call in pairs
    )
    busy_until = in_order[0][0] if in_order else 0
    for start, launched, end in in_order:
        gap = start - busy_until
        if gap > 0 and launched > busy_until:
            host_wait += gap
            if gap >= LONG_PAUSE:
                long_pauses += gap
                pauses += 1
        elif 0 < gap <= SHORT_GAP:
            short_gaps += gap
        elif gap > 0:
            other += gap
        busy_until = max(busy_until, end)
    return Idle(host_wait, long_pauses, pauses, short_gaps, other)
