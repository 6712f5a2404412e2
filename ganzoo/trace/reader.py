"""Reads a recording: a Chrome trace of PyTorch's profiler, plain or gzipped.

Each event is turned into its few numbers as soon as it is read, so that a recording takes the memory of
its events and not of its text.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from ganzoo.errors import GanzooError
from ganzoo.trace.clock import nanoseconds
from ganzoo.trace.columns import Events
from ganzoo.trace.events import GpuEvent, HostEvent, Trace
from ganzoo.trace.file_text import AGAIN, file_text, what_it_is
from ganzoo.trace.json_stream import JsonError, JsonStream
from ganzoo.trace.possible import DAY, Rejections, possible, several, window
from ganzoo.trace.properties import KEPT, devices, distributed, stopped_early
from ganzoo.trace.vocabulary import GPU_KINDS, Kind, is_range, is_span, kind_of

_EVENTS: Final = "traceEvents"


def read(path: str | Path) -> Trace:
    """Reads a recording.

    Args:
        path: a `.json` or `.json.gz`; which of the two is told by the content.

    Raises:
        UsageError: there is no such file.
        GanzooError: it is empty, cut off, damaged, not a recording of PyTorch's profiler, or several in one.
    """
    path = Path(path)
    stream = JsonStream(file_text(path))
    collector = _Collector()
    try:
        properties = _collect(path, stream, collector)
        stream.end()
    except _MalformedError as error:
        raise GanzooError(f"{path} is damaged: {error}") from None
    except JsonError as error:
        raise GanzooError(_why_not_json(path, error, stream.length())) from None
    except RecursionError:
        raise GanzooError(
            f"{path} is not a recording: its JSON is nested deeper than any profiler writes"
        ) from None
    except ValueError as error:  # an integer of more than 4,300 digits
        raise GanzooError(f"{path} is not a recording: {error}") from None
    return collector.trace(path, properties)


def _collect(path: Path, stream: JsonStream, collector: _Collector) -> dict[str, Any]:
    """Hands every event to the collector and returns the properties of the whole recording."""
    properties: dict[str, Any] = {}
    lists = 0
    beginning = stream.peek()
    if beginning == "[":
        for _ in stream.items():
            collector.add(stream.value())
        return properties
    if beginning != "{":
        raise GanzooError(
            f"{path} is not a recording: it does not begin as JSON does, but with {stream.rest(20)!r}"
            f"{what_it_is(path)}"
        )
    for key in stream.members():
        if key == _EVENTS and stream.peek() == "[":
            lists += 1
            for _ in stream.items():
                collector.add(stream.value())
        else:
            value = stream.value()
            properties |= {key: value} if key in KEPT else {}
    if lists != 1:
        raise GanzooError(
            f"{path} is not a recording: it is JSON without a list of {_EVENTS!r}\n"
            "record one with torch.profiler.profile(...) and export_chrome_trace"
            if not lists
            else f"{path} is damaged: it has {lists} lists of {_EVENTS!r}"
        )
    return properties


def _why_not_json(path: Path, error: JsonError, length: int) -> str:
    where = f"character {error.character:,} of {length:,}, line {error.line:,}"
    if error.is_cut_off:
        return f"{path} is cut off: its JSON stops at {where}\n{AGAIN}"
    return f"{path} is not valid JSON: {error} at {where}"


class _MalformedError(Exception):
    """An event that can't be what the profiler wrote."""


class _Collector:
    """Takes the events one by one and keeps what each tells."""

    def __init__(self) -> None:
        self._gpu: Events[GpuEvent] = Events()
        self._calls: Events[HostEvent] = Events()
        self._operators: Events[HostEvent] = Events()
        self._ranges: Events[HostEvent] = Events()
        self._spans: list[tuple[int, int]] = []
        self._rejections = Rejections()
        self._entries = 0
        self._known = False

    def add(self, event: object) -> None:
        """Keeps what an entry of the list of events tells.

        Raises:
            _MalformedError: it can't be what the profiler wrote.
        """
        self._entries += 1
        if event is None:
            return
        if type(event) is not dict:
            raise _MalformedError(f"its events hold {event!r:.40}, which is not an event")
        category = event.get("cat")
        if event.get("ph") != "X" or type(category) is not str:
            return
        kind = kind_of(category)
        if kind is None:
            return
        self._known = True
        if kind != "unused":
            self._add(kind, event)
        elif is_span(event.get("name")):
            start, duration = _time(event, "ts", "its span"), _time(event, "dur", "its span")
            self._spans.append((start, start + duration))

    def _add(self, kind: Kind, event: Mapping[str, Any]) -> None:
        name = event.get("name")
        if type(name) is not str:
            raise _MalformedError(f"a {kind} has the name {name!r:.40}")
        start, duration = _time(event, "ts", name), _time(event, "dur", name)
        on_gpu = kind in GPU_KINDS
        if duration < 0 or (on_gpu and start <= 0):
            # CUPTI leaves the time of a record that it could not fill at zero (kineto issue 109).
            reason = "of negative duration" if duration < 0 else "at time zero or before"
            self._rejections.add(f"{kind} {reason}", name, start, duration)
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
            size = max(_integer(arguments.get("bytes")) or 0, 0)
            graph = _integer(arguments.get("graph id")) or None  # 0 outside graphs
            self._gpu.append(GpuEvent(kind, name, start, duration, device, stream, correlation, size, graph))
            return
        host_event = HostEvent(
            name, start, duration, (process, thread), correlation if kind == "call" else None
        )
        if kind == "call":
            self._calls.append(host_event)
        elif kind == "range" or is_range(name):
            self._ranges.append(host_event)
        else:
            self._operators.append(host_event)

    def trace(self, path: Path, properties: Mapping[str, Any]) -> Trace:
        """What was collected, once the whole file proves to be one recording."""
        if not self._entries:
            raise GanzooError(f"{path} is an empty recording: it holds no event")
        if not self._known:
            raise GanzooError(
                f"{path} is a Chrome trace of another program: none of its {self._entries:,} entries is "
                "an event of PyTorch's profiler"
            )
        if merged := several(self._calls.distinct, self._operators.distinct, self._spans):
            raise GanzooError(
                f"{path} holds several recordings in one, {merged}: which kernel belongs to which can't be "
                "told\nread the file that each process wrote, or split this one as docs/recordings.md says"
            )
        rejections = self._rejections
        starts = [events.starts for events in (self._gpu, self._calls, self._operators, self._ranges)]
        first, last = window(starts, self._spans) if any(starts) else (0, 0)
        gpu = possible("", self._gpu, (first, last), rejections)
        calls = possible("call", self._calls, (first, last), rejections)
        operators = possible("operator", self._operators, (first, last), rejections)
        ranges = possible("range", self._ranges, (first - DAY, last + DAY), rejections)
        if not (gpu or calls or operators or ranges) and (rejected := rejections.all()):
            listed = ", ".join(f"{found.count:,} {found.what}" for found in rejected)
            raise GanzooError(f"{path} is damaged: all it holds is {listed}")
        return Trace(
            gpu=gpu,
            calls=calls,
            operators=operators,
            ranges=ranges,
            devices=devices(properties),
            rejected=rejections.all(),
            stopped_early=stopped_early(properties),
            rank=distributed(properties, "rank", least=0),
            world_size=distributed(properties, "world_size", least=1),
        )


def _time(event: Mapping[str, Any], key: str, name: str) -> int:
    try:
        return nanoseconds(event.get(key))
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
