"""What a swap costs: every row against the first of the same model, phase, image, batch and precision."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from ganzoo.benchmark.compare.verdict import Evidence, weigh
from ganzoo.benchmark.report import Key, Row
from ganzoo.benchmark.show.columns import Entry
from ganzoo.tables import Field
from ganzoo.text import significant


def first_of(rows: Sequence[Row], key: Key) -> Row:
    """The first row that differs in nothing but components and settings."""
    return next(row for row in rows if _condition(row.key) == _condition(key))


def _condition(key: Key) -> tuple[Any, ...]:
    return (
        key.model, key.phase, key.image, key.batch_size, key.precision, key.channels_last, key.compile,
        key.device, key.threads,
    )  # fmt: skip


def _evidence(entry: Entry) -> Evidence | None:
    return None if entry.first is entry.row else weigh(entry.first, entry.row)


def _time(entry: Entry) -> float | None:
    if entry.first is entry.row:
        return 1.0 if entry.row.timing else None
    evidence = _evidence(entry)
    return evidence.ratio if evidence else None


def _interval(end: int) -> Any:
    def value(entry: Entry) -> float | None:
        evidence = _evidence(entry)
        return evidence.interval[end] if evidence else None

    return value


def _both_ends(entry: Entry) -> str | None:
    evidence = _evidence(entry)
    return " to ".join(significant(end, 3) for end in evidence.interval) if evidence else None


def _ratio(name: str, part: str) -> Any:
    """Of a figure that is counted, not timed; None where either lacks it."""

    def value(entry: Entry) -> float | None:
        old, new = (
            getattr(getattr(row, name), part, None) if row is not None else None
            for row in (entry.first, entry.row)
        )
        return new / old if old and new is not None else None

    return value


def _times(name: str, heading: str, value: Any) -> Field[Entry]:
    return Field(name=name, heading=heading, value=value, text=lambda entry: significant(value(entry), 3))


SWAPS: Final = (
    _times("time_ratio", "time", _time),
    Field[Entry](name="time_ratio_interval", heading="95 %", value=_both_ends),
    Field[Entry](name="time_ratio_low", heading="", value=_interval(0)),
    Field[Entry](name="time_ratio_high", heading="", value=_interval(1)),
    _times("flops_ratio", "operations", _ratio("flops", "per_image")),
    _times("peak_ratio", "peak memory", _ratio("memory", "peak")),
)
"""Times of an image, operations of an image and memory of a row, each divided by the first row's."""
