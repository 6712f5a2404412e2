"""Whether one row's times differ from another's: the evidence first, then the verdict.

A verdict of `faster` or `slower` needs two things: a difference that chance explains badly (p below
`SIGNIFICANCE` in a t test over launches *and* in a Mann-Whitney test over all samples) and one that is large
enough to matter (the minimum effect). `same` is a finding too: the interval lies within the minimum effect.
Everything else is `undecided`, with the reason.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from ganzoo.benchmark import launches
from ganzoo.benchmark.report import Row, Timing
from ganzoo.statistics import mann_whitney
from ganzoo.text import share

Word = Literal["faster", "slower", "same", "undecided", "missing"]

SIGNIFICANCE: Final = 0.005
"""Largest p-value of a difference (Benjamin et al., "Redefine statistical significance", Nature Human
Behaviour 2, 2018)."""

CONFIDENCE: Final = 0.95
"""Of the interval that is shown, and within which `same` has to lie."""

MINIMUM_EFFECT: Final = 0.02
"""Smallest change of time that counts, where the caller names none: 2 %."""

ONE_LAUNCH_EFFECT: Final = 0.3
"""Smallest change that counts where a side has one launch, so that nothing says how processes differ.
TorchBench raised its own alarm to this, as single models move by 5 to 9 % with no cause
(pytorch/benchmark issues 363 and 1681)."""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """One of the five words, and why: reason codes to sentences."""

    word: Word
    reasons: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What the samples of two rows say about their times for an image, before any threshold."""

    base_ns: float
    """Time of an image: the geometric mean of the launches' medians, as the ratio compares it."""
    new_ns: float
    ratio: float
    """Time in `new` over time in `base`."""
    interval: tuple[float, float]
    """Of the ratio, at `CONFIDENCE`; where a side has one launch, from within its process only."""
    p_value: float | None
    """The larger of the two tests'; None where a side has one launch."""
    spread: float | None
    """The standard deviation between launches of the noisier side, as a share; None with one launch."""
    drift: float
    """The larger of the two sides' drifts, without its sign; 0 where launches are too short to tell."""


def weigh(base: Row | None, new: Row | None) -> Evidence | None:
    """Compares the times of an image; None where a side has too few, or has one of zero."""
    if not (base and new and base.timing and new.timing):
        return None
    sides = [_per_image(base.timing), _per_image(new.timing)]
    if any(_unusable(side) for side in sides):
        return None
    drift = max(abs(launches.drift(side) or 0.0) for side in sides)
    if min(len(side) for side in sides) < 2:
        a, b = (launches.median_interval(side, confidence=CONFIDENCE) for side in sides)
        return Evidence(
            base_ns=a.estimate,
            new_ns=b.estimate,
            ratio=b.estimate / a.estimate,
            interval=(b.low / a.high, b.high / a.low),
            p_value=None,
            spread=None,
            drift=drift,
        )
    ratio = launches.launch_ratio(*sides, confidence=CONFIDENCE)
    pooled = [[time for launch in side for time in launch] for side in sides]
    return Evidence(
        base_ns=ratio.base,
        new_ns=ratio.new,
        ratio=ratio.estimate,
        interval=(ratio.low, ratio.high),
        p_value=max(ratio.p_value, mann_whitney(*pooled)),
        spread=max(launches.launch_spread(side) or 0.0 for side in sides),
        drift=drift,
    )


def _per_image(timing: Timing) -> list[list[float]]:
    return [[time / timing.images_per_step for time in launch] for launch in launches.joined(timing.blocks)]


def settle(base: Row | None, new: Row | None) -> Verdict | None:
    """The verdict that needs no statistics: times that are missing, the very same or not to be trusted."""
    if base is None or new is None:
        return Verdict(word="missing", reasons={"one-side": f"only in {'A' if base else 'B'}"})
    sides = (("A", base), ("B", new))
    if base.timing is None or new.timing is None:
        failures: dict[str, str] = {}
        for side, row in sides:
            if row.timing is None:
                text = f"{row.status}: {row.reason}"
                failures[text] = f"{failures[text]} and {side}" if text in failures else side
        text = "; ".join(f"{who} {text}" for text, who in failures.items())
        return Verdict(word="missing", reasons={"no-times": text})
    times = [_per_image(base.timing), _per_image(new.timing)]
    if times[0] == times[1]:
        return Verdict(word="same", reasons={"identical": "the very same samples"})
    if base.timing.clock != new.timing.clock:
        text = f"A was timed with {base.timing.clock}, B with {new.timing.clock}"
        return Verdict(word="undecided", reasons={"clocks": text})
    throttled = [side for side, row in sides if "throttled" in row.flags]
    if throttled:
        text = f"the device lowered its clock in {' and '.join(throttled)}; let it cool and measure again"
        return Verdict(word="undecided", reasons={"throttled": text})
    reasons = [reason for side in times if (reason := _unusable(side))]
    return Verdict(word="undecided", reasons={"unusable": reasons[0]}) if reasons else None


def _unusable(times: list[list[float]]) -> str | None:
    """Why nothing can be computed from these times."""
    if sum(map(len, times)) < 2:
        return "a side has a single sample"
    if not all(time > 0 for launch in times for time in launch):
        return "a step took 0 ns by the clock"
    return None


def decide(evidence: Evidence, corrected_p: float | None, minimum_effect: float) -> Verdict:
    """The verdict, given the p-value corrected for the number of rows (None where there is none)."""
    direction: Word = "slower" if evidence.ratio > 1 else "faster"
    effect = abs(math.log(evidence.ratio))
    low, high = evidence.interval
    reach = math.log1p(minimum_effect)
    if evidence.p_value is None or corrected_p is None:
        large = effect > math.log1p(ONE_LAUNCH_EFFECT) and not low <= 1 <= high
        text = f"with one launch a side only a change above {100 * ONE_LAUNCH_EFFECT:.0f} % counts"
        if large:
            return Verdict(word=direction, reasons={"one-launch": f"{text}, and this is one"})
        return Verdict(word="undecided", reasons={"one-launch": f"{text}; measure with --launches 5"})
    significant = corrected_p < SIGNIFICANCE
    if significant and effect > reach:
        if math.log1p(evidence.drift) >= effect:
            text = f"samples drift by {share(evidence.drift)} within a launch, as much as the sides differ"
            return Verdict(word="undecided", reasons={"drift": text})
        return Verdict(word=direction, reasons={"significant": f"p = {corrected_p:.2g}"})
    if max(-math.log(low), math.log(high)) <= reach:
        text = f"the {100 * CONFIDENCE:.0f} % interval lies within ±{share(minimum_effect)}"
        return Verdict(word="same", reasons={"equivalent": text})
    return Verdict(word="undecided", reasons=_doubts(evidence, corrected_p, minimum_effect))


def _doubts(evidence: Evidence, corrected_p: float, minimum_effect: float) -> dict[str, str]:
    """Why a difference is neither shown nor excluded, and what would settle it."""
    if corrected_p < SIGNIFICANCE:
        text = f"p = {corrected_p:.2g}, but the change may be below the {share(minimum_effect)} that count"
        return {"small": f"{text}; measure more launches"}
    if evidence.p_value is not None and evidence.p_value < SIGNIFICANCE:
        text = f"p = {evidence.p_value:.2g} alone, but {corrected_p:.2g} among this many rows"
        return {"rows": f"{text}; measure more launches, or fewer rows"}
    text = f"p = {corrected_p:.2g}; the launches of one side differ by {share(evidence.spread or 0)}"
    return {"noise": f"{text}: measure more of them, or on a quieter machine"}
