"""Times: every sample that was taken, what the samples say, and the parts of a training step."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Launch:
    """The samples of one process, in the order in which they were taken."""

    blocks_ns: tuple[tuple[int, ...], ...]
    """Time of a step, sample by sample and block by block; the device is waited for once a block."""
    wall_ns: tuple[int, ...]
    """Wall-clock time of every block, waiting included."""
    dispatch_ns: tuple[int, ...]
    """Time until the host had handed over all work of a block; on a CPU the same as the wall time."""
    clock_mhz: tuple[int | None, ...] | None = None
    """The device's clock after every block."""
    temperature_c: int | None = None
    """The device's temperature after the last block."""
    power_mw: tuple[int | None, ...] | None = None
    """What the device drew after every block, as a mean of the last second or less."""

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
    """`cuda-event`, `perf-counter`, or `process-time`: the processor's, over all threads."""
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
    """Wall time of a step: of every block the wall time divided by its steps, and of these the median."""
    dispatch_ns: int
    """The same for the dispatch time."""
    images_per_second: float
    images_per_second_interval: tuple[float, float] | None
    seconds_per_kimg: float
    """Seconds for a thousand images."""
    drift: float | None
    """The last third's median divided by the first third's, minus 1; None where there are few samples."""
    overhead_ns: int | None = None
    """What the harness itself adds to a step: the cost of its clock, measured on a step that does nothing."""
    joules_per_image: float | None = None
    """Energy of the device: its mean power by the images a second; None where the power can't be read."""

    def __post_init__(self) -> None:
        times = (self.median_ns, *(self.interval_ns or ()), self.p05_ns, self.p95_ns, self.wall_ns)
        if min(*times, self.dispatch_ns, self.images_per_second, self.seconds_per_kimg) < 0:
            raise ValueError("a time is negative")
        if self.samples < 1:
            raise ValueError("a summary is of one sample or more")


@dataclass(frozen=True, kw_only=True)
class Part:
    """A part of the training step, timed in a pass of its own."""

    median_ns: int
    share: float
    """Its part of the sum over all parts, 0 to 1."""
    samples: int
