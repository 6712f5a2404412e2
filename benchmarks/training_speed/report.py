"""From samples to a table: medians, ranges and ratios of paired rounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median
from typing import NamedTuple

from training_speed.contenders import CONTENDERS
from training_speed.task import Sample

Round = Mapping[str, Sample | str]
"""A contender's sample, or why there is none."""


class Summary(NamedTuple):
    """Of one number over the rounds."""

    median: float
    low: float
    high: float


def summarise(values: Sequence[float]) -> Summary:
    """Median and range."""
    return Summary(median(values), min(values), max(values))


def rates(rounds: Sequence[Round], name: str) -> list[float]:
    """A contender's rate in every round in which it has one."""
    samples = [each.get(name) for each in rounds]
    return [sample.rate for sample in samples if isinstance(sample, Sample)]


def paired_ratios(rounds: Sequence[Round], name: str, base: str) -> Summary | None:
    """A contender's rate over another's in the same round; None where they never met.

    What disturbs a machine lasts longer than a round, so that it cancels here, unlike in the ratio
    of two medians.
    """
    both = [(each.get(name), each.get(base)) for each in rounds]
    ratios = [a.rate / b.rate for a, b in both if isinstance(a, Sample) and isinstance(b, Sample)]
    return summarise(ratios) if ratios else None


def best_peer(rounds: Sequence[Round]) -> str | None:
    """The peer with the highest median rate."""
    peers = [name for name, contender in CONTENDERS.items() if contender.kind == "peer"]
    medians = {name: median(found) for name in peers if (found := rates(rounds, name))}
    return max(medians, key=medians.__getitem__) if medians else None


def repaid_after(compile_seconds: float, eager: float, compiled: float) -> float | None:
    """Images after which compiling has been worth its time, from the two speeds; None: never."""
    return compile_seconds / (1 / eager - 1 / compiled) if compiled > eager else None


def table(rounds: Sequence[Round], flops: float) -> str:
    """The Markdown tables of a benchmark.

    Args:
        rounds: the samples.
        flops: floating point operations of GanZoo's step for one image.
    """
    names = [name for name in CONTENDERS if any(name in each for each in rounds)]
    racing = [name for name in names if CONTENDERS[name].kind != "limit"]
    base = best_peer(rounds)
    parts = [_speeds(rounds, racing, base, flops)]
    if limits := [name for name in names if CONTENDERS[name].kind == "limit" and rates(rounds, name)]:
        parts.append(_limits(rounds, limits, flops))
    if compiled := [name for name in names if "-compile" in name and rates(rounds, name)]:
        parts.append(_compilation(rounds, compiled))
    return "\n\n".join(parts)


def _speeds(rounds: Sequence[Round], names: Sequence[str], base: str | None, flops: float) -> str:
    lines = [
        f"| contender | images/s, median of {len(rounds)} | range | ratio to {base or 'no peer'} | range | "
        "of the limit |",
        "|---|---|---|---|---|---|",
    ]
    for name in names:
        found = rates(rounds, name)
        title = f"{CONTENDERS[name].summary} (`{name}`)"
        if not found:
            reason = next(each[name] for each in rounds if name in each)
            lines.append(f"| {title} | {reason} | | | | |")
            continue
        speed = summarise(found)
        ratio = paired_ratios(rounds, name, base) if base else None
        cells = [
            title,
            f"{speed.median:.1f}",
            f"{speed.low:.1f}-{speed.high:.1f}",
            "" if ratio is None else f"{ratio.median:.2f}",
            "" if ratio is None else f"{ratio.low:.2f}-{ratio.high:.2f}",
            _share(rounds, name, flops),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _precision(rounds: Sequence[Round], name: str) -> str:
    return next(sample.precision for each in rounds if isinstance(sample := each.get(name), Sample))


def _share(rounds: Sequence[Round], name: str, flops: float) -> str:
    """The contender's rate as a share of the limit that matrix products of its type set."""
    for limit, contender in CONTENDERS.items():
        if contender.kind == "limit" and rates(rounds, limit):
            is_same = _precision(rounds, limit) == _precision(rounds, name)
            # TF32 products report float32, the type of what they multiply.
            if is_same and ("tf32" in limit) == ("tf32" in name):
                ratio = paired_ratios(rounds, name, limit)
                return "" if ratio is None else f"{ratio.median * flops:.0%}"
    return ""


def _limits(rounds: Sequence[Round], names: Sequence[str], flops: float) -> str:
    lines = ["| limit | GFLOP/s, median | range | images/s at that rate |", "|---|---|---|---|"]
    for name in names:
        speed = summarise(rates(rounds, name))
        lines.append(
            f"| {CONTENDERS[name].summary} | {speed.median / 1e9:.0f} | {speed.low / 1e9:.0f}-"
            f"{speed.high / 1e9:.0f} | {speed.median / flops:.0f} |"
        )
    return "\n".join(lines)


def _compilation(rounds: Sequence[Round], names: Sequence[str]) -> str:
    lines = [
        "| compiled | seconds, cold | seconds, cached | repaid after, cold | cached |",
        "|---|---|---|---|---|",
    ]
    for name in names:
        seconds = [
            s.startup for r in rounds if isinstance(s := r.get(name), Sample) and s.startup is not None
        ]
        cold, cached = max(seconds), min(seconds)
        eager = rates(rounds, name.replace("-compile", ""))
        compiled = rates(rounds, name)
        repaid = [
            repaid_after(value, median(eager), median(compiled)) if eager else None
            for value in (cold, cached)
        ]
        cells = [f"{images:,.0f} images" if images is not None else "never" for images in repaid]
        lines.append(f"| `{name}` | {cold:.0f} | {cached:.0f} | {cells[0]} | {cells[1]} |")
    return "\n".join(lines)
