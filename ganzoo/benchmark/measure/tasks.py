"""What a worker process is told and what it answers, as JSON on its standard input and output."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ganzoo.benchmark.measure.cells import Cell
from ganzoo.benchmark.report import KernelTable, Launch, Memory, Parameters, Part, Peak, Status


@dataclass(frozen=True, kw_only=True)
class Measure:
    """Time a cell; with `account`, also count and explain what is the same in every launch."""

    cell: Cell
    seconds: float
    half_width: float
    account: bool
    kernels: bool
    processor_time: bool = False
    """Whether the processor's time counts, not the clock's."""


@dataclass(frozen=True, kw_only=True)
class Account:
    """What does not change from launch to launch."""

    parameters: Parameters
    flops: int
    """Of one step."""
    flops_by_operator: Mapping[str, int]
    subphases: Mapping[str, Part]
    memory: Memory
    overhead_ns: int
    kernels: KernelTable | None


@dataclass(frozen=True, kw_only=True)
class Measured:
    """One launch of a cell."""

    launch: Launch
    clock: str
    images_per_step: int
    first_step_ns: int
    warmup_steps: int
    steps_per_sample: int
    account: Account | None


@dataclass(frozen=True, kw_only=True)
class Drawable:
    """Which of some image sizes a model can draw."""

    model: str
    components: Mapping[str, str]
    images: tuple[str, ...]
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Of a training; where they name a data set, its images are what the model has to draw."""


@dataclass(frozen=True, kw_only=True)
class Probe:
    """Look at the machine and at what models can draw, before anything is measured."""

    device: str
    precisions: tuple[str, ...]
    models: tuple[Drawable, ...]


@dataclass(frozen=True, kw_only=True)
class Probed:
    """What a probe found."""

    environment: Mapping[str, Any]
    device_type: str
    device_name: str
    """The processor or the GPU."""
    threads: int | None
    precisions: Mapping[str, str]
    """What was asked for to its name without `auto`; without those that the device lacks."""
    refusals: Mapping[str, str]
    """Why it lacks the others."""
    images: tuple[str | None, ...]
    """For every model the first of its sizes that it can draw; None where it can draw none."""
    available: int | None = None
    """Bytes of the device's memory that were free; None where that is not known."""


@dataclass(frozen=True, kw_only=True)
class Calibrate:
    """Measure the peak of the CPU."""

    precision: str


@dataclass(frozen=True, kw_only=True)
class TaskFailure:
    """Why there is no answer."""

    status: Status
    reason: str
    exit_code: int


@dataclass(frozen=True, kw_only=True)
class Prepare:
    """Prepare the training of each of these cells, without taking a step."""

    cells: tuple[Cell, ...]


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """What preparing them found."""

    refusals: tuple[str | None, ...]
    """Why each cell can't be trained; None where it can, or where only trying tells."""


@dataclass(frozen=True, kw_only=True)
class TakeLosses:
    """Train a cell for some steps and note the losses."""

    cell: Cell
    steps: int


@dataclass(frozen=True, kw_only=True)
class LossCurve:
    """Both losses, step by step; None where one is not finite."""

    discriminator: tuple[float | None, ...]
    generator: tuple[float | None, ...]


Task = Measure | Probe | Prepare | Calibrate | TakeLosses
Answer = Measured | Probed | Prepared | Peak | LossCurve | TaskFailure
