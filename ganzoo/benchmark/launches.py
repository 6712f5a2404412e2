"""The statistics of repeated timings: medians with intervals, drift, spread, and the ratio of two.

Times come in *launches*: one sequence of samples, in the order of measurement, for each process that was
started. Samples of one process are not independent of each other, and processes differ among themselves
(address layout, clocks, neighbours), so a hundred samples of one process are not a hundred measurements.
Everything here therefore treats the launch as the unit, as Kalibera and Jones do ("Rigorous benchmarking in
reasonable time", ISMM 2013, section 6), and samples within it in runs of neighbours.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any, Final

import numpy as np

from ganzoo.statistics import student_quantile, student_tails

Launches = Sequence[Sequence[float]]
"""One sequence of samples for each launch, in the order of measurement, all of them positive."""

Floats = np.ndarray[Any, np.dtype[np.float64]]

RUN_LENGTH: Final = 8
"""Neighbouring samples that the bootstrap keeps together, where a launch has four times as many."""

DRIFT_FROM: Final = 6
"""The fewest samples of a launch that have a drift: two in each third."""


def joined(blocks: Sequence[Sequence[Sequence[float]]]) -> list[list[float]]:
    """Launches of blocks of samples (a report's `Timing.blocks`) as launches of samples.

    Where a block ended, and the device was waited for, is of no account: a block may hold one sample or a
    hundred, and neighbours are correlated across its end as within it.
    """
    return [[sample for block in launch for sample in block] for launch in blocks]


@dataclass(frozen=True)
class Interval:
    """An estimate between its bounds, in the unit of the samples."""

    estimate: float
    low: float
    high: float

    @property
    def half_width(self) -> float:
        """Half of the interval's width, divided by the estimate."""
        return (self.high - self.low) / 2 / self.estimate


def median_interval(
    launches: Launches, *, confidence: float = 0.95, resamples: int = 2000, seed: int = 0
) -> Interval:
    """The median of the launches' medians, with a hierarchical block bootstrap interval.

    Launches are resampled first, then runs of neighbouring samples within each (Künsch, Annals of Statistics
    17(3), 1989; circular). Few launches say little of how launches differ, and the plain percentiles would
    be too narrow: they are widened as Student's t is against the normal distribution (Hesterberg, The
    American Statistician 69(4), 2015, section 5.3, on the logarithm: a time is positive). With one launch
    it is runs that are counted, and the interval knows of nothing but that process. The same seed gives the
    same interval.

    Raises:
        ValueError: there are fewer than two samples, or one is not positive and finite.
    """
    samples = _checked(launches)
    if sum(map(len, samples)) < 2:
        raise ValueError("one sample has no interval")
    generator = np.random.default_rng(seed)
    estimate = float(np.median([np.median(launch) for launch in samples]))
    medians = np.log(_resampled_medians(samples, resamples, generator) / estimate)
    tail = (1 - confidence) / 2
    low, high = np.quantile(medians, [tail, 1 - tail]) * _widening(_units(samples), confidence)
    return Interval(estimate, estimate * math.exp(min(low, 0.0)), estimate * math.exp(max(high, 0.0)))


def _resampled_medians(samples: list[Floats], resamples: int, generator: np.random.Generator) -> Floats:
    """Medians of resampled launches, `(resamples,)`."""
    chosen = generator.integers(len(samples), size=(resamples, len(samples)))
    medians = np.empty(chosen.shape)
    for index, launch in enumerate(samples):
        here = chosen == index
        run = _run_length(launch)
        starts = generator.integers(len(launch), size=(int(here.sum()), math.ceil(len(launch) / run), 1))
        positions = ((starts + np.arange(run)) % len(launch)).reshape(len(starts), -1)[:, : len(launch)]
        medians[here] = np.median(launch[positions], axis=1)
    return np.median(medians, axis=1)


def _run_length(launch: Floats) -> int:
    return max(1, min(RUN_LENGTH, len(launch) // 4))


def _units(samples: list[Floats]) -> int:
    """The number of independent units: launches, or runs of neighbours where there is one launch."""
    return len(samples) if len(samples) > 1 else len(samples[0]) // _run_length(samples[0])


def _widening(units: int, confidence: float) -> float:
    normal = NormalDist().inv_cdf((1 + confidence) / 2)
    return student_quantile(confidence, units - 1) / normal * math.sqrt(units / (units - 1))


def drift(launches: Launches) -> float | None:
    """How much later samples exceed earlier ones: the last third's median over the first third's, minus 1.

    The median over the launches; None where every launch is shorter than `DRIFT_FROM`.
    """
    drifts = []
    for launch in _checked(launches):
        third = len(launch) // 3
        if len(launch) >= DRIFT_FROM:
            drifts.append(float(np.median(launch[-third:]) / np.median(launch[:third])) - 1)
    return float(np.median(drifts)) if drifts else None


def launch_spread(launches: Launches) -> float | None:
    """The standard deviation of the launches' median times over their mean; None with one launch."""
    medians = [float(np.median(launch)) for launch in _checked(launches)]
    return float(np.std(medians, ddof=1) / np.mean(medians)) if len(medians) > 1 else None


@dataclass(frozen=True)
class Ratio:
    """The time of `new` divided by that of `base`, with an interval and the chance of so large a gap."""

    base: float
    """Geometric mean of the launches' medians."""
    new: float
    estimate: float
    low: float
    high: float
    p_value: float


def launch_ratio(base: Launches, new: Launches, *, confidence: float = 0.995) -> Ratio:
    """The ratio of two sets of launches by a t test on the logarithms of the launches' median times.

    A launch counts once however many samples it holds, so correlation within a launch can't feign evidence.
    The standard error takes each side's own variance. As many launches on both sides have the degrees of
    freedom of both; otherwise those of the smaller side, which is safe whatever the variances (Hsu, 1938).

    Raises:
        ValueError: a side has fewer than two launches, or a sample is not positive and finite.
    """
    a, b = (np.log([np.median(launch) for launch in _checked(side)]) for side in (base, new))
    fewer = min(len(a), len(b))
    if fewer < 2:
        raise ValueError("a ratio of launches needs two launches a side")
    gap = float(b.mean() - a.mean())
    error = math.sqrt(float(a.var(ddof=1)) / len(a) + float(b.var(ddof=1)) / len(b))
    freedom = 2 * fewer - 2 if len(a) == len(b) else fewer - 1
    reach = student_quantile(confidence, freedom) * error
    return Ratio(
        base=math.exp(a.mean()),
        new=math.exp(b.mean()),
        estimate=math.exp(gap),
        low=math.exp(gap - reach),
        high=math.exp(gap + reach),
        p_value=student_tails(abs(gap) / error, freedom) if error else float(gap == 0),
    )


def _checked(launches: Launches) -> list[Floats]:
    samples = [np.asarray(launch, dtype=np.float64) for launch in launches if len(launch)]
    if not samples:
        raise ValueError("there are no samples")
    if not all(np.all(np.isfinite(launch)) and np.all(launch > 0) for launch in samples):
        raise ValueError("a sample is not a positive number")
    return samples
