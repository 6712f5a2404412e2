"""The part of a recording that belongs to some of its ranges."""

from __future__ import annotations

from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Final

from ganzoo.errors import UsageError, near_matches
from ganzoo.text import printable
from ganzoo.trace.callers import join
from ganzoo.trace.columns import Events, as_columns
from ganzoo.trace.events import Trace
from ganzoo.trace.intervals import covers, union

_LISTED: Final = 40
"""Names that an error lists."""


def within(trace: Trace, name: str) -> Trace:
    """Keeps what the host started inside the ranges of one name, and what that started on the GPU.

    Args:
        trace: the recording.
        name: a range's name, or a pattern such as `ProfilerStep#*`.

    Raises:
        UsageError: no range has that name.
    """
    names = {what.name for what in as_columns(trace.ranges).distinct}
    chosen = {name} if name in names else {known for known in names if fnmatchcase(known, name)}
    if not chosen:
        listed = ", ".join(printable(known) for known in sorted(names)[:_LISTED]) or "none"
        more = f" and {len(names) - _LISTED:,} more" if len(names) > _LISTED else ""
        raise UsageError(f"there is no range {name!r}{near_matches(name, names)}\nranges: {listed}{more}")
    stretches = union((item.start, item.end) for item in trace.ranges if item.name in chosen)
    return replace(
        trace,
        stretches=tuple(stretches),
        gpu=Events(
            event
            for event, call in zip(trace.gpu, join(trace), strict=True)
            if call is not None and covers(stretches, call.start)
        ),
        calls=Events(call for call in trace.calls if covers(stretches, call.start)),
        operators=Events(item for item in trace.operators if covers(stretches, item.start)),
        ranges=Events(item for item in trace.ranges if covers(stretches, item.start)),
    )
