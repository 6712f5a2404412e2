"""What the GPU waits for while it does nothing, all streams and devices merged."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import astuple, dataclass
from itertools import groupby
from typing import Final

from ganzoo.trace.callers import Callers
from ganzoo.trace.events import Trace
from ganzoo.trace.intervals import position

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
    stretches: dict[int | None, _Gaps] = defaultdict(_Gaps)
    for start, together in groupby(zip(trace.gpu, callers, strict=True), lambda pair: pair[0].start):
        # Of events that start together, the one that was launched first ends the gap.
        in_order = sorted((_UNKNOWN if call is None else call.start, event.end) for event, call in together)
        for launched, end in in_order:
            known = trace.stretches and launched != _UNKNOWN
            stretch = position(trace.stretches, launched) if known else None
            stretches[stretch].add(start, launched, end)
    return sum((gaps.idle() for gaps in stretches.values()), start=Idle(0, 0, 0, 0, 0))


@dataclass
class _Gaps:
    """Goes through events in order of time and classifies each gap by the event that ends it."""

    host_wait: int = 0
    long_pauses: int = 0
    pauses: int = 0
    short_gaps: int = 0
    other: int = 0
    busy_until: int | None = None

    def add(self, start: int, launched: int, end: int) -> None:
        """Adds an event that starts no earlier than those before."""
        if self.busy_until is None:
            self.busy_until = start
        gap = start - self.busy_until
        if gap > 0 and launched > self.busy_until:
            self.host_wait += gap
            if gap >= LONG_PAUSE:
                self.long_pauses += gap
                self.pauses += 1
        elif 0 < gap <= SHORT_GAP:
            self.short_gaps += gap
        elif gap > 0:
            self.other += gap
        self.busy_until = max(self.busy_until, end)

    def idle(self) -> Idle:
        """All gaps so far."""
        return Idle(self.host_wait, self.long_pauses, self.pauses, self.short_gaps, self.other)
