"""Reads a recording: a Chrome trace of PyTorch's profiler, plain or gzipped.

The events are turned into their few numbers as the JSON parser meets them, and all else is dropped at
once, so that a recording takes little more memory than its text.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from ganzoo.errors import GanzooError
from ganzoo.trace.clock import nanoseconds
from ganzoo.trace.events import GpuEvent, HostEvent, Trace
from ganzoo.trace.file_text import file_text
from ganzoo.trace.vocabulary import GPU_KINDS, Kind, is_range, kind_of

_STOPPED_EARLY: Final = re.compile(r"CUPTI stopped early\? = [1-9]")

_UNFINISHED: Final = re.compile(r"|tr?u?|fa?l?s?|nu?l?|Na?|-?I?n?f?i?n?i?t?|-|\.|[eE][-+]?")
"""What is left after the last whole value where a file ends within a word or a number."""


def read(path: str | Path) -> Trace:
    """Reads a recording.

    Args:
        path: a `.json` or `.json.gz`; which of the two is told by the content.

    Raises:
        UsageError: there is no such file.
        GanzooError: it is empty, cut off, damaged, or not a recording of PyTorch's profiler.
    """
    path = Path(path)
    text = file_text(path)
    collector = _Collector()
    # Floats stay text and become exact nanoseconds; strict=False because kernels' names do hold tabs.
    decoder = json.JSONDecoder(object_hook=collector, parse_float=str, parse_constant=str, strict=False)
    try:
        root = decoder.decode(text)
    except _MalformedError as error:
        raise GanzooError(f"{path} is damaged: {error}") from None
    except json.JSONDecodeError as error:
        raise GanzooError(_why_not_json(path, text, error)) from None
    except RecursionError:
        raise GanzooError(
            f"{path} is not a recording: its JSON is nested deeper than any profiler writes"
        ) from None
    except ValueError as error:  # an integer of more than 4,300 digits
        raise GanzooError(f"{path} is not a recording: {error}") from None
    return collector.trace(path, root)


def _why_not_json(path: Path, text: str, error: json.JSONDecodeError) -> str:
    where = f"character {error.pos:,} of {len(text):,}, line {error.lineno:,}"
    if not text.lstrip().startswith(("{", "[")):
        return f"{path} is not a recording: it does not begin as JSON does, but with {text[:20]!r}"
    if _is_cut_off(text, error):
        return (
            f"{path} is cut off: its JSON stops at {where}\n"
            "the profiler was probably stopped while writing it; record again, or copy it again"
        )
    return f"{path} is not valid JSON: {error.msg} at {where}"


def _is_cut_off(text: str, error: json.JSONDecodeError) -> bool:
    """Whether more text could have made the JSON valid."""
    if error.msg.startswith("Unterminated string"):
        return True
    if error.msg.startswith("Invalid \\"):  # within a character such as \u00e9
        return len(text) - error.pos <= len(r"\u00e9")
    return _UNFINISHED.fullmatch(text[error.pos :].strip()) is not None


class _MalformedError(Exception):
    """An event that can't be what the profiler wrote."""


class _Collector:
    """The parser's hook: called with every JSON object once it is complete, innermost first."""

    def __init__(self) -> None:
        self._gpu: list[GpuEvent] = []
        self._calls: list[HostEvent] = []
        self._operators: list[HostEvent] = []
        self._ranges: list[HostEvent] = []
        self._rejected: Counter[str] = Counter()
        self._known = False
        # Each name and thread occurs thousands of times; one copy of each is kept.
        self._shared: dict[Any, Any] = {}

    def __call__(self, event: dict[str, Any]) -> dict[str, Any] | None:
        """Keeps what an event tells and drops the event; hands back objects that are none."""
        phase = event.get("ph")
        if phase is None:
            return event
        category = event.get("cat")
        kind = kind_of(category) if phase == "X" and type(category) is str else None
        if kind is not None:
            self._known = True
            if kind != "unused":
                self._add(kind, event)
        return None

    def _add(self, kind: Kind, event: Mapping[str, Any]) -> None:
        name = event.get("name")
        if type(name) is not str:
            raise _MalformedError(f"a {kind} has the name {name!r:.40}")
        name = self._shared.setdefault(name, name)
        start, duration = _time(event, "ts", name), _time(event, "dur", name)
        on_gpu = kind in GPU_KINDS
        if duration < 0 or (on_gpu and start <= 0):
            # CUPTI leaves the time of a record that it could not fill at zero (kineto issue 109).
            reason = "of negative duration" if duration < 0 else "at time zero or before"
            self._rejected[f"{kind} {reason}"] += 1
            return
        arguments = event.get("args")
        if arguments is None:
            arguments = {}
        elif type(arguments) is not dict:
            raise _MalformedError(f"{name[:60]!r} has the args {arguments!r:.40}, which are not an object")
        process, thread = _scalar(event.get("pid"), name), _scalar(event.get("tid"), name)
        correlation = _integer(arguments.get("correlation"))
        if on_gpu:
            device = _integer(arguments.get("device", process))
            stream = _scalar(arguments.get("stream", thread), name)
            size = _integer(arguments.get("bytes")) or 0
            graph = _integer(arguments.get("graph id")) or None  # 0 outside graphs
            self._gpu.append(GpuEvent(kind, name, start, duration, device, stream, correlation, size, graph))
            return
        where = self._shared.setdefault((process, thread), (process, thread))
        host_event = HostEvent(name, start, duration, where, correlation if kind == "call" else None)
        if kind == "call":
            self._calls.append(host_event)
        elif kind == "range" or is_range(name):
            self._ranges.append(host_event)
        else:
            self._operators.append(host_event)

    def trace(self, path: Path, root: object) -> Trace:
        """What was collected, once the whole file proves to be a recording."""
        properties = root if isinstance(root, dict) else {}
        events = properties.get("traceEvents") if isinstance(root, dict) else root
        if not isinstance(events, list):
            raise GanzooError(
                f"{path} is not a recording: it is JSON without a list of 'traceEvents'\n"
                "record one with torch.profiler.profile(...) and export_chrome_trace"
            )
        for entry in events:
            if entry is not None and type(entry) is not dict:
                raise GanzooError(f"{path} is damaged: its events hold {entry!r:.40}, which is not an event")
        if not events:
            raise GanzooError(f"{path} is an empty recording: it holds no event")
        if not self._known:
            raise GanzooError(
                f"{path} is a Chrome trace of another program: none of its {len(events):,} entries is "
                "an event of PyTorch's profiler"
            )
        if self._rejected and not (self._gpu or self._calls or self._operators or self._ranges):
            raise GanzooError(f"{path} is damaged: all it holds is {_listed(self._rejected)}")
        return Trace(
            gpu=tuple(self._gpu),
            calls=tuple(self._calls),
            operators=tuple(self._operators),
            ranges=tuple(self._ranges),
            devices=_devices(properties),
            rejected=dict(self._rejected),
            stopped_early=_STOPPED_EARLY.search(str(properties.get("INFO", ""))) is not None,
        )


def _time(event: Mapping[str, Any], key: str, name: str) -> int:
    try:
        return nanoseconds(event.get(key, 0))
    except ValueError as error:
        raise _MalformedError(f"{name[:60]!r} has {key} {event.get(key)!r:.40}, which {error}") from None


def _integer(value: object) -> int | None:
    """An integer written as a number or as text; None for anything else."""
    if type(value) is int:
        return value
    if type(value) is str and len(value) < 20 and value.isascii() and value.isdigit():
        return int(value)
    return None


def _scalar(value: object, name: str) -> int | str | None:
    if value is None or type(value) in (int, str):
        return value  # type: ignore[return-value]
    raise _MalformedError(f"{name[:60]!r} is on {value!r:.40}, which names no process, thread or stream")


def _devices(properties: Mapping[str, Any]) -> dict[int, str]:
    """The names of GPUs by their number; `computeProperties` is the word of 2021."""
    described = properties.get("deviceProperties", properties.get("computeProperties"))
    entries = described if isinstance(described, list) else []
    return {
        entry["id"]: entry["name"]
        for entry in entries
        if isinstance(entry, dict) and type(entry.get("id")) is int and type(entry.get("name")) is str
    }


def _listed(rejected: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} {reason}" for reason, count in rejected.items())
