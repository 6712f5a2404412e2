"""A benchmark report: the data types, and the JSON file (schema 1) that holds them.

Times are integer nanoseconds, sizes integer bytes, rates floats a second; what is not known is None
(JSON null), never 0. A field that this version doesn't know is kept in `extra` and written back.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, get_args

from ganzoo.benchmark.codec import DamagedError, decode, encode
from ganzoo.errors import GanzooError
from ganzoo.files import write_text

SCHEMA: Final = 1
"""The version of the format that is written, and the only one that is read."""

Phase = Literal["generate", "discriminate", "train-step"]
"""What is timed: images from the averaged generator, logits, or the engine's whole training step."""

PHASES: Final[tuple[Phase, ...]] = get_args(Phase)

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
class Key:
    """What was run: rows of two reports are compared where these agree."""

    model: str
    """Full name, `distribution:name`."""
    phase: Phase
    image: str
    """Channels, height and width, such as `3x32x32`."""
    batch_size: int
    precision: str
    """Type of the matrix products: `fp32`, `tf32`, `bf16` or `fp16`."""
    channels_last: bool
    compile: bool
    components: Mapping[str, str]
    """Slot to the full name of the plugin that fills it."""
    device: str
    """`cpu` with the processor's name, or the GPU's name."""
    threads: int | None
    """Threads of an operation on the CPU; None where the device is another."""
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def identity(self) -> tuple[Any, ...]:
        """All of it, hashable, to match rows by."""
        return (
            self.model, self.phase, self.image, self.batch_size, self.precision, self.channels_last,
            self.compile, tuple(sorted(self.components.items())), self.device, self.threads,
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Launch:
    """The samples of one process, in the order in which they were taken."""

    blocks_ns: tuple[tuple[int, ...], ...]
    """Time of a step, sample by sample and block by block; the device is waited for once a block."""
    wall_ns: tuple[int, ...]
    """Wall-clock time of every block, waiting included."""
    dispatch_ns: tuple[int, ...]
    """Time in which the host had handed every block to the device; the wall time on a CPU."""
    clock_mhz: tuple[int | None, ...] | None = None
    """The device's clock after every block."""
    temperature_c: int | None = None
    """The device's temperature after the last block."""
    extra: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.blocks_ns or not all(self.blocks_ns):
            raise ValueError("a launch holds one block or more, each of one sample or more")
        if not len(self.blocks_ns) == len(self.wall_ns) == len(self.dispatch_ns):
            raise ValueError("blocks_ns, wall_ns and dispatch_ns have different lengths")
        if min(min(block) for block in self.blocks_ns) < 0 or min(*self.wall_ns, *self.dispatch_ns) < 0:
            raise ValueError("a time is negative")


@dataclass(frozen=True, kw_only=True)
class Timing:
    """Every sample of a cell, and how it was taken."""

    clock: str
    """`cuda-event` or `perf-counter`."""
    images_per_step: int
    launches: tuple[Launch, ...]
    first_step_ns: int | None
    """The very first step (median over launches): allocation, choice of algorithms, compilation."""
    compile_ns: int | None
    """What compilation adds to the first step; None where nothing is compiled."""
    warmup_steps: int
    """Steps before the first sample (median over launches)."""
    steps_per_sample: int = 1
    """Where the work repeats after several steps (lazy regularisation), a sample is their mean."""
    extra: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.launches:
            raise ValueError("a timing holds one launch or more")
        if self.images_per_step < 1:
            raise ValueError("images_per_step is below 1")

    @property
    def blocks(self) -> tuple[tuple[tuple[int, ...], ...], ...]:
        """Launches of blocks of samples, as the statistics take them."""
        return tuple(launch.blocks_ns for launch in self.launches)


@dataclass(frozen=True, kw_only=True)
class Summary:
    """What the samples say."""

    median_ns: int
    """Median time of a step."""
    interval_ns: tuple[int, int] | None
    """95 % confidence interval of the median."""
    p05_ns: int
    p95_ns: int
    samples: int
    wall_ns: int
    """Wall time of a step: median over blocks of the block's wall time by its steps."""
    dispatch_ns: int
    """The same of the dispatch time."""
    images_per_second: float
    images_per_second_interval: tuple[float, float] | None
    seconds_per_kimg: float
    """Seconds for a thousand images."""
    drift: float | None
    """Median of the last third of the samples by the first third's, less 1; None for few samples."""
    overhead_ns: int | None = None
    """What the harness itself adds to a step: the cost of its clock, measured on a step that does nothing."""
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Subphase:
    """A part of the training step, timed in a pass of its own."""

    median_ns: int
    share: float
    """Of the sum over all parts."""
    samples: int
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """Trainable parameters."""

    generator: int
    discriminator: int
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Flops:
    """Floating-point operations, counted, not measured: a multiplication and an addition are two."""

    per_image: float
    """Of one image: those of a step by its images."""
    per_step: int
    by_operator: Mapping[str, int]
    """Of one step, by operator."""
    counts: str
    """What is counted, and what is not."""
    achieved_per_second: float | None
    """`per_step` by the median time."""
    share_of_peak: float | None
    """`achieved_per_second` by the device's peak."""
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Peak:
    """What the device can do at most, in the precision of the row."""

    flops_per_second: float | None
    bytes_per_second: float | None
    source: str
    """Where the figures come from: a data sheet, `measured here ...`, or why there are none."""
    measured: bool
    """Whether the device was measured rather than looked up."""
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Memory:
    """Bytes, by what they hold."""

    weights: int
    """Parameters and buffers of the networks that the phase uses."""
    gradients: int | None
    optimizer: int | None
    average: int | None
    """The moving average of the generator's weights."""
    activations_peak: int | None
    """Peak of a step above everything else that is kept."""
    allocated_peak: int | None
    """Peak of what torch's allocator had given out (CUDA)."""
    reserved_peak: int | None
    """Peak of what torch's allocator had taken from the device (CUDA)."""
    device_used: int | None
    """Used on the whole device: contexts and other processes included (CUDA)."""
    resident_peak: int | None
    """Peak resident size of the cell's process (CPU)."""
    resident_baseline: int | None
    """Resident size before the networks were built, everything imported (CPU)."""
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Row:
    """One cell: a model in one phase, with one choice of everything else."""

    key: Key
    status: Status
    reason: str | None = None
    flags: tuple[Flag, ...] = ()
    timing: Timing | None = None
    summary: Summary | None = None
    subphases: Mapping[str, Subphase] = field(default_factory=dict)
    """Part of the training step, in order, to its time; empty for other phases."""
    parameters: Parameters | None = None
    flops: Flops | None = None
    peak: Peak | None = None
    memory: Memory | None = None
    kernels: Mapping[str, Any] | None = None
    """The table of kernels (CUDA, as `ganzoo bench trace --json` prints it) or of operators (CPU)."""
    extra: Mapping[str, Any] = field(default_factory=dict)

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
    extra: Mapping[str, Any] = field(default_factory=dict)


def to_json(report: Report) -> dict[str, Any]:
    """The report as JSON can say it, `schema` first."""
    return {"schema": SCHEMA, **encode(report)}


def from_json(value: Any, name: str) -> Report:
    """Checks and converts what a JSON file holds; `name` is what messages call it.

    Raises:
        GanzooError: it is not a report, is one of another version, or is damaged; the message says where.
    """
    if not isinstance(value, dict) or "schema" not in value or "rows" not in value:
        raise GanzooError(f"{name} is not a benchmark report; ganzoo bench --out FILE writes one")
    schema = value["schema"]
    if schema != SCHEMA or isinstance(schema, bool):
        raise GanzooError(
            f"{name} has schema {schema!r}, this GanZoo reads schema {SCHEMA}; "
            "use the version of ganzoo-torch that wrote it, or run the benchmark again"
        )
    try:
        return decode(Report, {key: item for key, item in value.items() if key != "schema"})
    except DamagedError as error:
        raise GanzooError(f"{name} is damaged: {error}") from None


def read(path: Path) -> Report:
    """Reads a report.

    Raises:
        GanzooError: it can't be read, is not a report, is of another version, or is damaged.
    """
    try:
        text = path.read_text(encoding="utf-8")
        value = json.loads(text, parse_constant=_refuse_constant)
    except OSError as error:
        raise GanzooError(f"{path} can't be read: {error.strerror or error}") from None
    except (ValueError, RecursionError) as error:  # not UTF-8, not JSON, nested beyond reason
        raise GanzooError(f"{path} is not a benchmark report: {error}") from None
    return from_json(value, str(path))


def write(path: Path, report: Report) -> None:
    """Writes a report, whole or not at all.

    Raises:
        GanzooError: the disk refuses.
    """
    write_text(path, json.dumps(to_json(report), indent=1, allow_nan=False) + "\n")


def _refuse_constant(constant: str) -> Any:
    raise ValueError(f"{constant} is not a number that JSON allows")
