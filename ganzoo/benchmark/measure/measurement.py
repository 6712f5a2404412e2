"""One launch: the first step, the warm-up, then blocks of samples until the interval is narrow enough."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from ganzoo.benchmark.launches import median_interval
from ganzoo.benchmark.measure.clocks import Block, Clock, Step, steps_in_block, take_block
from ganzoo.benchmark.measure.gauges import Gauge
from ganzoo.benchmark.report import Launch

WARMUP_SECONDS: Final = 1.0
"""The shortest warm-up, unless the time for everything is shorter."""

STABLE: Final = 0.02
"""Warm is where the median of five steps differs by less than this from that of the five before."""

FEWEST_SAMPLES: Final = 4
"""Samples that are taken however slow a step is."""

LEAST_SECONDS: Final = 0.5
"""Seconds of samples below which no interval is trusted."""


@dataclass(frozen=True)
class Limits:
    """When to stop."""

    seconds: float
    """Time for samples; warm-up has as much again at most."""
    half_width: float
    """Samples are enough when half of their interval is at most this share of the median."""
    seed: int


@dataclass(frozen=True)
class Warmup:
    """What happened before the first sample."""

    first_step_ns: int
    steps: int


def warm_up(clock: Clock, step: Step, limits: Limits, now: Callable[[], float] = time.monotonic) -> Warmup:
    """Takes steps until their time no longer changes.

    The first is timed apart: it allocates, chooses algorithms and compiles.
    """
    first_ns = take_block(clock, step, 1).wall_ns
    began = now()
    samples: list[int] = []
    while len(samples) < 2 or now() - began < limits.seconds:
        samples.append(take_block(clock, step, 1).wall_ns)
        if now() - began >= min(WARMUP_SECONDS, limits.seconds / 2) and is_stable(samples):
            break
    return Warmup(first_ns, len(samples) + 1)


def is_stable(samples: Sequence[int]) -> bool:
    """Whether the last five samples are like the five before."""
    if len(samples) < 10:
        return False
    last, before = median(samples[-5:]), median(samples[-10:-5])
    return abs(last / before - 1) < STABLE


def take_launch(
    gauge: Gauge,
    step: Step,
    limits: Limits,
    cycle: int = 1,
    keep_on: Callable[[], None] = lambda: None,
    now: Callable[[], float] = time.monotonic,
) -> Launch:
    """Takes blocks until the interval of their median is narrow, or the time is over.

    Args:
        gauge: the device, warm.
        step: what is timed.
        limits: when to stop.
        cycle: steps after which the work repeats; a sample is the mean of so many.
        keep_on: called after every block; raises where there is no point in going on.
        now: the time in seconds.
    """

    def whole_cycle() -> None:
        for _ in range(cycle):
            step()

    began = now()
    blocks = [take_block(gauge.clock, whole_cycle, 1)]
    health = [gauge.health()]
    steps = steps_in_block(blocks[0].wall_ns)
    next_look = 2 * FEWEST_SAMPLES
    while True:
        keep_on()
        blocks.append(take_block(gauge.clock, whole_cycle, steps))
        health.append(gauge.health())
        count = sum(len(block.samples_ns) for block in blocks)
        elapsed = now() - began
        if elapsed >= limits.seconds and count * cycle >= FEWEST_SAMPLES:
            break
        if count >= next_look and elapsed >= min(LEAST_SECONDS, limits.seconds):
            if _half_width(blocks, limits.seed) <= limits.half_width:
                break
            next_look = round(1.5 * count)  # each look costs a bootstrap
    clocks, powers = (_known([getattr(each, name) for each in health]) for name in ("clock_mhz", "power_mw"))
    return Launch(
        blocks_ns=tuple(
            tuple(max(1, round(sample / cycle)) for sample in block.samples_ns) for block in blocks
        ),
        wall_ns=tuple(block.wall_ns for block in blocks),
        dispatch_ns=tuple(block.dispatch_ns for block in blocks),
        clock_mhz=clocks,
        temperature_c=health[-1].temperature_c,
        power_mw=powers,
    )


def _known(readings: Sequence[int | None]) -> tuple[int | None, ...] | None:
    """The readings; None where there is none."""
    return None if all(reading is None for reading in readings) else tuple(readings)


def _half_width(blocks: Sequence[Block], seed: int) -> float:
    samples = [sample for block in blocks for sample in block.samples_ns]
    return median_interval([samples], resamples=200, seed=seed).half_width


def overhead_ns(clock: Clock) -> int:
    """What the marks add to a step: the median time of a step that does nothing."""
    samples = take_block(clock, lambda: None, 1000).samples_ns
    return int(median(samples))
