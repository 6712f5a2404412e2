"""The table of a comparison, and what lies behind one of its rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from ganzoo.benchmark.compare.comparison import Comparison, Pair
from ganzoo.benchmark.compare.counts import Change
from ganzoo.benchmark.compare.kernels import kernel_changes
from ganzoo.benchmark.compare.verdict import Evidence
from ganzoo.benchmark.show.keys import key_fields
from ganzoo.tables import Field, Table, table
from ganzoo.text import change as percent_change
from ganzoo.text import of_bytes, plain, share, significant

LISTED_KERNELS: Final = 10
"""Kernels that are explained: those that changed most."""


def _time(pair: Pair, side: str) -> float | None:
    """Time of a step, as the ratio compares it."""
    row = getattr(pair, side)
    if pair.evidence is None or row is None or row.timing is None:
        return None
    time: float = getattr(pair.evidence, f"{side}_ns") * row.timing.images_per_step
    return time


def _change(pair: Pair) -> float | None:
    return pair.evidence.ratio - 1 if pair.evidence else None


def _interval(pair: Pair) -> str:
    assert pair.evidence is not None
    low, high = pair.evidence.interval
    return f"{percent_change(low - 1)} to {percent_change(high - 1)}"


def _counted(pair: Pair) -> str | None:
    """What changed besides the time."""
    return ", ".join(_in_short(change) for change in pair.changes if change.word != "same") or None


def _in_short(change: Change) -> str:
    grown = (
        percent_change(change.share, 2) if change.share is not None else f"0 to {_amount(change, change.new)}"
    )
    return f"{change.quantity.name} {grown}"


def _amount(change: Change, value: float) -> str:
    unit = change.quantity.unit
    if unit == "B":
        return of_bytes(value)
    number = plain(int(value)) if value == int(value) else significant(value, 6)
    return f"{number} {unit}".strip()


FIELDS: Final = (
    Field[Pair](name="verdict", heading="verdict", value=lambda pair: pair.verdict.word),
    Field[Pair](
        name="time_change",
        heading="time",
        value=_change,
        text=lambda pair: percent_change(_change(pair) or 0.0),
    ),
    Field[Pair](
        name="interval_low",
        heading="95 % interval",
        value=lambda pair: pair.evidence.interval[0] - 1 if pair.evidence else None,
        text=_interval,
    ),
    Field[Pair](
        name="interval_high",
        heading="",
        value=lambda pair: pair.evidence.interval[1] - 1 if pair.evidence else None,
    ),
    Field[Pair](
        name="base_ns",
        heading="A ms/step",
        value=lambda pair: _time(pair, "base"),
        text=lambda pair: significant((_time(pair, "base") or 0) / 1e6, 4),
    ),
    Field[Pair](
        name="new_ns",
        heading="B ms/step",
        value=lambda pair: _time(pair, "new"),
        text=lambda pair: significant((_time(pair, "new") or 0) / 1e6, 4),
    ),
    Field[Pair](name="p_value", heading="", value=lambda pair: pair.corrected_p),
    Field[Pair](
        name="launches",
        heading="launches",
        value=lambda pair: _launches(pair),
    ),
    Field[Pair](name="counted", heading="also changed", value=_counted),
    Field[Pair](name="why", heading="why", value=lambda pair: "; ".join(pair.verdict.reasons.values())),
)


def _launches(pair: Pair) -> str | None:
    counts = [len(row.timing.launches) if row and row.timing else 0 for row in (pair.base, pair.new)]
    return f"{counts[0]}/{counts[1]}" if any(counts) else None


def comparison_table(comparison: Comparison) -> Table:
    """One row a pair, in the order of A."""
    return table([*key_fields([pair.key for pair in comparison.pairs]), *FIELDS], comparison.pairs)


def explain(pair: Pair) -> Iterator[tuple[str, str]]:
    """Everything known of a pair: names and texts."""
    for code, text in pair.verdict.reasons.items():
        yield f"why ({code})", text
    if pair.evidence is not None:
        yield from _explain_evidence(pair.evidence)
    for change in pair.changes:
        text = f"{_amount(change, change.base)} to {_amount(change, change.new)}"
        yield change.quantity.name, "same" if change.word == "same" else f"{text}, {_in_short(change)}"
    if pair.base and pair.new:
        for name, part in pair.base.subphases.items():
            if name in pair.new.subphases:
                before, after = part.median_ns, pair.new.subphases[name].median_ns
                yield name, f"{significant(before / 1e6)} to {significant(after / 1e6)} ms"
        for kernel in kernel_changes(pair.base, pair.new)[:LISTED_KERNELS]:
            calls = f"{kernel.base_calls:g} to {kernel.new_calls:g} calls"
            times = f"{significant(kernel.base_ns / 1e3)} to {significant(kernel.new_ns / 1e3)} µs"
            yield kernel.name, f"{times}, {calls} a step"


def _explain_evidence(evidence: Evidence) -> Iterator[tuple[str, str]]:
    low, high = (percent_change(end - 1) for end in evidence.interval)
    yield "time", f"{percent_change(evidence.ratio - 1)}, 95 % interval {low} to {high}"
    if evidence.p_value is not None:
        yield "p alone", f"{evidence.p_value:.2g}"
    if evidence.spread is not None:
        yield "spread of launches", share(evidence.spread)
    yield "drift in a launch", share(evidence.drift)


def to_json(comparison: Comparison) -> dict[str, Any]:
    """The comparison as JSON can say it, without the schema number."""
    return {
        "minimum_effect": comparison.minimum_effect,
        "environment": [vars(changed) for changed in comparison.environment],
        "rows": [
            {
                **record,
                "reasons": dict(pair.verdict.reasons),
                "measures": [
                    {
                        "name": change.quantity.name,
                        "unit": change.quantity.unit,
                        "base": change.base,
                        "new": change.new,
                        "verdict": change.word,
                    }
                    for change in pair.changes
                ],
            }
            for pair, record in zip(comparison.pairs, comparison_table(comparison).records, strict=True)
        ],
    }
