"""A report and its rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ganzoo.arithmetic.peaks import Peak
from ganzoo.benchmark.report.costs import Flops, Memory, Parameters
from ganzoo.benchmark.report.kernels import KernelTable
from ganzoo.benchmark.report.key import Key
from ganzoo.benchmark.report.timing import Part, Summary, Timing

Status = Literal["ok", "out-of-memory", "failed", "unsupported"]
"""How a cell ended; all but `ok` say why in `reason`."""

Flag = Literal["noisy", "drifting", "throttled", "one-launch"]
"""Why a row is to be taken with care:

- `noisy`: the time ran out before the interval was as narrow as asked for;
- `drifting`: the last third of the samples differs from the first;
- `throttled`: the device lowered its clock;
- `one-launch`: a single process, so what differs between processes is not in the interval.
"""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One cell: a model in one phase, with one choice of everything else."""

    key: Key
    status: Status
    reason: str | None = None
    flags: tuple[Flag, ...] = ()
    timing: Timing | None = None
    summary: Summary | None = None
    subphases: Mapping[str, Part] = field(default_factory=dict)
    """Part of the training step, in order, to its time; empty for other phases."""
    parameters: Parameters | None = None
    flops: Flops | None = None
    peak: Peak | None = None
    memory: Memory | None = None
    kernels: KernelTable | None = None
    """Of kernels (CUDA) or of operators (CPU); None where none were asked for."""

    def __post_init__(self) -> None:
        if self.status == "ok" and (self.timing is None or self.summary is None):
            raise ValueError("a row that is ok needs a timing and a summary")
        if self.status != "ok" and not self.reason:
            raise ValueError(f"a row that is {self.status!r} needs a reason")


@dataclass(frozen=True, kw_only=True)
class Report:
    """One call of `ganzoo bench`."""

    created: str
    """UTC, ISO 8601."""
    command: tuple[str, ...]
    seed: int
    """Of the order of launches, and of the bootstrap."""
    environment: Mapping[str, Any]
    rows: tuple[Row, ...]
