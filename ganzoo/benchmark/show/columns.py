"""The columns of tables of reports: how each is read from a row, and written for people."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Any, Final

from ganzoo.benchmark.report import KernelTotals, Key, Part, Row
from ganzoo.tables import Field
from ganzoo.text import as_sure, of_bytes, share, significant


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A row of a report, or one of the things that a row lists."""

    source: str
    """The name of the report."""
    row: Row
    name: str | None = None
    """Of the part of the step or the kernel, where the table is of those."""
    listed: Part | KernelTotals | None = None
    """What the report says of it."""
    first: Row | None = None
    """The row that this one is set against, where the table has ratios."""

    @property
    def key(self) -> Key:
        """What was run."""
        return self.row.key


SOURCE: Final = Field[Entry](
    name="report", heading="report", value=lambda entry: entry.source, condition=True
)


def _summary(name: str) -> Callable[[Entry], Any]:
    return lambda entry: getattr(entry.row.summary, name) if entry.row.summary else None


def _flops(name: str) -> Callable[[Entry], Any]:
    return lambda entry: getattr(entry.row.flops, name) if entry.row.flops else None


def _memory(name: str) -> Callable[[Entry], Any]:
    return lambda entry: getattr(entry.row.memory, name) if entry.row.memory else None


def half_width(row: Row) -> float | None:
    """Half of the 95 % interval of the time, as a share of it."""
    if row.summary is None or row.summary.interval_ns is None or not row.summary.median_ns:
        return None
    low, high = row.summary.interval_ns
    return (high - low) / 2 / row.summary.median_ns


def _scaled(value: Callable[[Entry], Any], factor: float) -> Callable[[Entry], str]:
    return lambda entry: significant(value(entry) * factor)


def _sure(value: Callable[[Entry], Any], factor: float = 1.0) -> Callable[[Entry], str]:
    return lambda entry: as_sure(value(entry) * factor, half_width(entry.row))


def _ends(name: str, end: int) -> Callable[[Entry], Any]:
    def value(entry: Entry) -> Any:
        interval = getattr(entry.row.summary, name) if entry.row.summary else None
        return None if interval is None else interval[end]

    return value


def _clock(entry: Entry) -> float | None:
    """The median of the clocks that were read, one after each block of samples."""
    launches = entry.row.timing.launches if entry.row.timing else ()
    clocks = [clock for launch in launches for clock in launch.clock_mhz or () if clock is not None]
    return median(clocks) if clocks else None


def _parameters(entry: Entry) -> int | None:
    parameters = entry.row.parameters
    return parameters.generator + parameters.discriminator if parameters else None


def _remarks(entry: Entry) -> str | None:
    row = entry.row
    return f"{row.status}: {row.reason}" if row.status != "ok" else ", ".join(row.flags) or None


STATE: Final = (
    Field[Entry](name="status", heading="", value=lambda entry: entry.row.status),
    Field[Entry](name="flags", heading="", value=lambda entry: " ".join(entry.row.flags) or None),
    Field[Entry](name="reason", heading="", value=lambda entry: entry.row.reason),
    Field[Entry](name="remarks", heading="remarks", value=_remarks),
)

TIMES: Final = (
    Field[Entry](
        name="images_per_second",
        heading="images/s",
        value=_summary("images_per_second"),
        text=_sure(_summary("images_per_second")),
    ),
    Field[Entry](
        name="half_width",
        heading="±",
        value=lambda entry: half_width(entry.row),
        text=lambda entry: share(half_width(entry.row) or 0.0),
    ),
    Field[Entry](
        name="median_ns",
        heading="ms/step",
        value=_summary("median_ns"),
        text=_sure(_summary("median_ns"), 1e-6),
    ),
    Field[Entry](name="interval_low_ns", heading="", value=_ends("interval_ns", 0)),
    Field[Entry](name="interval_high_ns", heading="", value=_ends("interval_ns", 1)),
    Field[Entry](name="p05_ns", heading="", value=_summary("p05_ns")),
    Field[Entry](name="p95_ns", heading="", value=_summary("p95_ns")),
    Field[Entry](name="samples", heading="", value=_summary("samples")),
    Field[Entry](
        name="launches", heading="", value=lambda e: len(e.row.timing.launches) if e.row.timing else None
    ),
    Field[Entry](name="wall_ns", heading="", value=_summary("wall_ns")),
    Field[Entry](name="dispatch_ns", heading="", value=_summary("dispatch_ns")),
    Field[Entry](name="drift", heading="", value=_summary("drift")),
    Field[Entry](
        name="seconds_per_kimg",
        heading="s/kimg",
        value=_summary("seconds_per_kimg"),
        text=_sure(_summary("seconds_per_kimg")),
    ),
    Field[Entry](
        name="joules_per_image",
        heading="J/image",
        value=_summary("joules_per_image"),
        text=_scaled(_summary("joules_per_image"), 1.0),
    ),
    Field[Entry](name="clock_mhz", heading="", value=_clock),
    Field[Entry](
        name="first_step_ns",
        heading="first step ms",
        value=lambda entry: entry.row.timing.first_step_ns if entry.row.timing else None,
        text=_scaled(lambda entry: entry.row.timing.first_step_ns if entry.row.timing else None, 1e-6),
    ),
    Field[Entry](name="parameters", heading="parameters", value=_parameters),
    Field[Entry](
        name="flops_per_image",
        heading="GFLOP/image",
        value=_flops("per_image"),
        text=_scaled(_flops("per_image"), 1e-9),
    ),
    Field[Entry](
        name="flops_per_second",
        heading="GFLOP/s",
        value=_flops("achieved_per_second"),
        text=_scaled(_flops("achieved_per_second"), 1e-9),
    ),
    Field[Entry](
        name="share_of_peak",
        heading="of peak",
        value=_flops("share_of_peak"),
        text=lambda entry: share(_flops("share_of_peak")(entry)),
    ),
)


def _part(name: str, heading: str) -> Field[Entry]:
    value = _memory(name)
    return Field(
        name=f"{name}_bytes", heading=heading, value=value, text=lambda entry: of_bytes(value(entry))
    )


MEMORY: Final = (
    _part("weights", "weights"),
    _part("gradients", "gradients"),
    _part("optimizer", "optimizer"),
    _part("average", "average"),
    _part("activations_peak", "activations peak"),
    _part("allocated_peak", "allocated peak"),
    _part("reserved_peak", "reserved peak"),
    _part("device_used", "device used"),
    _part("resident_peak", "resident peak"),
    _part("resident_baseline", "resident baseline"),
)


PEAK: Final = Field[Entry](
    name="peak_bytes",
    heading="peak memory",
    value=_memory("peak"),
    text=lambda entry: of_bytes(_memory("peak")(entry)),
)


def _fact(name: str, heading: str, text: Callable[[Any], str] | None = None) -> Field[Entry]:
    def value(entry: Entry) -> Any:
        return getattr(entry.listed, name)

    return Field(
        name=name,
        heading=heading,
        value=value,
        text=None if text is None else lambda entry: text(value(entry)),
    )


def _name(name: str) -> Field[Entry]:
    return Field(name=name, heading=name, value=lambda entry: entry.name)


PARTS: Final = (
    _name("part"),
    _fact("median_ns", "ms/step", lambda value: significant(value / 1e6)),
    _fact("share", "share", share),
    _fact("samples", "samples"),
)

KERNELS: Final = (
    _fact("category", "category"),
    _name("kernel"),
    _fact("calls", "calls"),
    _fact("total_ns", "total ms", lambda value: significant(value / 1e6)),
    _fact("share", "share", share),
)
