"""The tables of a study: variants, differences between them, and trainings."""

from __future__ import annotations

from collections.abc import Callable

from ganzoo.study.design import TIME_TO_QUALITY
from ganzoo.study.differences import PairedDifference
from ganzoo.study.outcomes import SPEED, TrainingOutcome
from ganzoo.study.summary import MeanOfSeeds, StudySummary, VariantSummary
from ganzoo.tables import Field, Table, Value, table
from ganzoo.text import UNKNOWN, count, duration, of_bytes, rounded


def variants(summary: StudySummary) -> Table:
    """A row for each variant: quality, speed, memory, what went wrong."""
    design = summary.design
    expected = 1 if design.is_search else design.seeds

    def mean(name: str) -> Callable[[VariantSummary], Value]:
        return lambda row: None if (found := row.of(name, design)) is None else found.mean

    def text(name: str) -> Callable[[VariantSummary], str]:
        write = _time_to_quality if name == TIME_TO_QUALITY else _with_interval
        return lambda row: write(row.of(name, design), name, row.ended)

    fields: list[Field[VariantSummary]] = [
        Field(
            name="variant",
            heading="variant",
            value=lambda row: row.variant.label,
            text=lambda row: row.variant.brief,
        ),
        Field(
            name="finished",
            heading="finished",
            value=lambda row: row.finished,
            text=lambda row: f"{row.finished} of {expected}",
        ),
        *(
            Field(name=name, heading=heading_of(name), value=mean(name), text=text(name))
            for name in (*design.quantities, SPEED)
        ),
        Field(
            name="peak_bytes",
            heading="memory",
            value=lambda row: row.peak_bytes,
            text=lambda row: of_bytes(row.peak_bytes or 0),
        ),
        Field(name="remarks", heading="remarks", value=lambda row: row.remarks or None),
    ]
    return table(fields, summary.variants)


def heading_of(quantity: str) -> str:
    """What people read above a quantity."""
    return {TIME_TO_QUALITY: "time to quality", SPEED: "images/s"}.get(quantity, quantity)


def _with_interval(found: MeanOfSeeds | None, quantity: str, _: int = 0) -> str:
    if found is None:
        return UNKNOWN
    write = duration if quantity == TIME_TO_QUALITY else rounded
    if found.low is None or found.high is None or quantity == SPEED:
        return write(found.mean)
    return f"{write(found.mean)} ({write(found.low)} to {write(found.high)})"


def _time_to_quality(found: MeanOfSeeds | None, quantity: str, ended: int) -> str:
    """With how many got there, where not all did: the mean is of those alone."""
    of = f", in {found.seeds} of {ended}" if found is not None and found.seeds < ended else ""
    return _with_interval(found, quantity) + of


def differences(summary: StudySummary) -> Table:
    """A row for each pair of variants in each quantity, with the verdict."""
    fields: list[Field[PairedDifference]] = [
        Field(
            name="quantity", heading="quantity", value=lambda each: heading_of(each.quantity), condition=True
        ),
        Field(name="first", heading="first", value=lambda each: each.first),
        Field(name="second", heading="second", value=lambda each: each.second),
        Field(
            name="difference",
            heading="first - second",
            value=lambda each: each.difference,
            text=difference_text,
        ),
        Field(name="low", heading="", value=lambda each: each.low),
        Field(name="high", heading="", value=lambda each: each.high),
        Field(name="margin", heading="", value=lambda each: each.margin),
        Field(
            name="p_value",
            heading="p",
            value=lambda each: each.p_value,
            text=lambda each: f"{each.p_value:.2g}",
        ),
        Field(name="verdict", heading="verdict", value=lambda each: each.sentence),
    ]
    return table(fields, summary.differences)


def difference_text(each: PairedDifference) -> str:
    """A difference with its interval."""
    if each.difference is None:
        return UNKNOWN
    if each.low is None or each.high is None:
        return f"{each.difference:+.4g}"
    return f"{each.difference:+.4g} ({each.low:+.4g} to {each.high:+.4g})"


def trainings(summary: StudySummary) -> Table:
    """A row for each training, every number unrounded in CSV."""
    records = {id(outcome): summary.record(outcome) for outcome in summary.outcomes}
    names = list(dict.fromkeys(name for record in records.values() for name in record))
    shown = {
        "training": "training",
        "state": "state",
        "steps": "steps",
        "images": "images",
        **{name: heading_of(name) for name in summary.design.quantities},
        "problem": "problem",
    }

    def value(name: str) -> Callable[[TrainingOutcome], Value]:
        return lambda outcome: records[id(outcome)].get(name)

    def text(name: str) -> Callable[[TrainingOutcome], str]:
        def written(outcome: TrainingOutcome) -> str:
            found = records[id(outcome)].get(name)
            return rounded(found) if isinstance(found, float) else str(found).partition("\n")[0]

        return written

    fields = [
        Field(name=name, heading=shown.get(name, ""), value=value(name), text=text(name)) for name in names
    ]
    return table(fields, summary.outcomes)


def progress(summary: StudySummary) -> str:
    """How far the study is: `5 finished, 1 running, 6 waiting of 12 trainings`."""
    total = summary.design.trials or len(summary.outcomes)
    states = ", ".join(f"{number} {state}" for state, number in summary.states.items()) or "none begun"
    return f"{states}, of {count(total, 'training')}"
