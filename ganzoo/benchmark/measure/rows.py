"""From the launches of a cell to its row in the report."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import mean, median
from typing import Final

import numpy as np

from ganzoo.benchmark.launches import Interval, drift, joined, median_interval
from ganzoo.benchmark.measure.cells import Cell
from ganzoo.benchmark.measure.tasks import Account, Measured
from ganzoo.benchmark.report import Flag, Flops, Key, Launch, Peak, Row, Status, Summary, Timing

DRIFT: Final = 0.05
"""Relative change from the first to the last third of the samples from which a row is drifting."""

THROTTLED: Final = 0.9
"""Share of its highest clock below which a device is throttled."""

COUNTS: Final = (
    "matrix products, convolutions and attention, forward and backward, 2 for a multiplication with "
    "addition, taps on padding included; not normalisation, activations, losses, optimiser or average"
)
"""What `flops` counts."""


def key_of(cell: Cell, device: str, threads: int | None) -> Key:
    """The key of a cell on a device."""
    return Key(
        model=cell.model,
        phase=cell.phase,
        image=cell.image,
        batch_size=cell.batch_size,
        precision=cell.precision,
        channels_last=cell.channels_last,
        compile=cell.compile,
        components=cell.components,
        device=device,
        threads=threads,
        settings=cell.named,
        own=cell.own,
    )


def without_result(key: Key, status: Status, reason: str) -> Row:
    """The row of a cell that could not be measured."""
    return Row(key=key, status=status, reason=reason)


def with_result(key: Key, launches: Sequence[Measured], peak: Peak, half_width: float, seed: int) -> Row:
    """The row of a cell that was measured once or more.

    Args:
        key: what was run.
        launches: in the order in which they ran; the first has an account.
        peak: of the device in the row's precision.
        half_width: a row is noisy where half of its interval is a larger share of the median.
        seed: of the bootstrap.
    """
    account = launches[0].account
    assert account is not None, "the first launch of a cell accounts for it"
    timing = _timing(launches, key.compile)
    samples = joined(timing.blocks)
    interval = median_interval(samples, seed=seed)
    summary = _summary(timing, samples, interval, account.overhead_ns)
    flags: list[Flag] = []
    if interval.half_width > half_width:
        flags.append("noisy")
    if summary.drift is not None and abs(summary.drift) > DRIFT:
        flags.append("drifting")
    if is_throttled(timing.launches):
        flags.append("throttled")
    if len(launches) == 1:
        flags.append("one-launch")
    return Row(
        key=key,
        status="ok",
        flags=tuple(flags),
        timing=timing,
        summary=summary,
        subphases=account.subphases,
        parameters=account.parameters,
        flops=_flops(account, timing.images_per_step, summary.median_ns, peak),
        peak=peak,
        memory=account.memory,
        kernels=account.kernels,
    )


def _timing(launches: Sequence[Measured], is_compiled: bool) -> Timing:
    steady = _median(sample for each in launches for block in each.launch.blocks_ns for sample in block)
    first = _median(each.first_step_ns for each in launches)
    return Timing(
        clock=launches[0].clock,
        images_per_step=launches[0].images_per_step,
        launches=tuple(each.launch for each in launches),
        first_step_ns=first,
        compile_ns=max(0, first - steady) if is_compiled else None,
        warmup_steps=_median(each.warmup_steps for each in launches),
        steps_per_sample=launches[0].steps_per_sample,
    )


def _summary(timing: Timing, samples: list[list[float]], interval: Interval, overhead_ns: int) -> Summary:
    def rate(step_ns: float) -> float:
        return timing.images_per_step * 1e9 / step_ns

    p05, p95 = np.quantile(np.concatenate([np.asarray(launch) for launch in samples]), [0.05, 0.95])
    return Summary(
        median_ns=round(interval.estimate),
        interval_ns=(round(interval.low), round(interval.high)),
        p05_ns=round(p05),
        p95_ns=round(p95),
        samples=sum(len(launch) for launch in samples),
        wall_ns=_per_step(timing, [launch.wall_ns for launch in timing.launches]),
        dispatch_ns=_per_step(timing, [launch.dispatch_ns for launch in timing.launches]),
        images_per_second=rate(interval.estimate),
        images_per_second_interval=(rate(interval.high), rate(interval.low)),
        seconds_per_kimg=interval.estimate / 1e6 / timing.images_per_step,
        drift=drift(samples),
        overhead_ns=overhead_ns,
        joules_per_image=joules_per_image(timing.launches, rate(interval.estimate)),
    )


def joules_per_image(launches: Iterable[Launch], images_per_second: float) -> float | None:
    """The mean of what the device drew, by the images a second; None where it can't be read."""
    powers = [power for launch in launches for power in launch.power_mw or () if power is not None]
    return mean(powers) / 1000 / images_per_second if powers else None


def _per_step(timing: Timing, times: Sequence[Sequence[int]]) -> int:
    """Of every block the time divided by its steps, and of these the median."""
    return _median(
        time / len(block) / timing.steps_per_sample
        for launch, of_blocks in zip(timing.launches, times, strict=True)
        for block, time in zip(launch.blocks_ns, of_blocks, strict=True)
    )


def _median(values: Iterable[float]) -> int:
    return round(median(values))


def _flops(account: Account, images: int, step_ns: int, peak: Peak) -> Flops:
    achieved = account.flops * 1e9 / step_ns
    return Flops(
        per_image=account.flops / images,
        per_step=account.flops,
        by_operator=account.flops_by_operator,
        counts=COUNTS,
        achieved_per_second=achieved,
        share_of_peak=achieved / peak.flops_per_second if peak.flops_per_second else None,
    )


def is_throttled(launches: Iterable[Launch]) -> bool:
    """Whether the device's clock, where it can be read, fell well below the highest that was seen."""
    clocks = [clock for launch in launches for clock in launch.clock_mhz or () if clock is not None]
    return bool(clocks) and min(clocks) < THROTTLED * max(clocks)
