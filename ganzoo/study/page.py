"""The page of a study: variants and verdicts, curves with bands, grids of the same noise, the protocol."""

from __future__ import annotations

import shlex
import statistics
from collections.abc import Sequence
from typing import Final

from ganzoo import tables as plain_tables
from ganzoo.errors import GanzooError
from ganzoo.pages.report import pictures
from ganzoo.pages.report.curves import Chart, Series
from ganzoo.pages.report.pictures import Picture
from ganzoo.pages.report.rendering import render
from ganzoo.pages.report.tables import PageRow, PageTable
from ganzoo.study import tables
from ganzoo.study.axes import NamedAxis, shown
from ganzoo.study.design import Design
from ganzoo.study.differences import LEVEL
from ganzoo.study.folder import without_option
from ganzoo.study.outcomes import TrainingOutcome
from ganzoo.study.prediction import detectable
from ganzoo.study.summary import StudySummary, VariantSummary
from ganzoo.text import count, printable, rounded, share

_SEEDS: Final = 3
"""The most seeds whose grids are shown."""

_VARIANTS: Final = 12
"""The most variants whose curves and grids are shown; of a search the best."""


def make_page(summary: StudySummary) -> str:
    """The HTML of a study, as far as it is: one file that asks no network for anything."""
    variants = [row for row in summary.variants if row.outcomes][:_VARIANTS]
    names = [printable(row.variant.brief) for row in variants]
    return render(
        "study.html.jinja",
        _charts(summary, variants),
        title=printable(summary.folder.path.resolve().name),
        names=names,
        progress=tables.progress(summary),
        is_search=summary.design.is_search,
        variants=_page_table("Variants", tables.variants(summary), _notes(summary)),
        verdicts=_page_table("Differences", tables.differences(summary), _note_of_verdicts(summary)),
        grids=[(seed, [_grid(row, seed) for row in variants]) for seed in range(_seeds(summary))],
        trainings=_page_table("Trainings", tables.trainings(summary), ()),
        protocol=_protocol(summary),
        commands=_commands(summary),
    )


def _seeds(summary: StudySummary) -> int:
    return 1 if summary.design.is_search else min(_SEEDS, summary.design.seeds)


def _page_table(caption: str, table: plain_tables.Table, notes: Sequence[str]) -> PageTable:
    columns = table.shown
    rows = zip(*(column.texts for column in columns), strict=True)
    shared = plain_tables.caption(table)
    return PageTable(
        caption,
        tuple(column.heading for column in columns),
        tuple(PageRow(row) for row in rows),
        (*((f"All rows: {shared}.",) if shared else ()), *notes),
    )


def _notes(summary: StudySummary) -> tuple[str, ...]:
    design = summary.design
    if design.is_search:
        return (
            "One training each: the best of many is better than it will be again. Compare it in a study.",
        )
    return (
        "Means over seeds with 95 % intervals, of the last evaluation of each training. Memory is the most "
        "that a process held, its evaluations included.",
        *(("Times are of the processor, over all threads.",) if design.budget.kind == "processor" else ()),
    )


def _note_of_verdicts(summary: StudySummary) -> tuple[str, ...]:
    return (
        "Differences are paired over seeds: Student's t, or the sign test where a training failed or all "
        f"differences are the same. The intervals hold together with {100 * (1 - LEVEL):.0f} %, and p is "
        "corrected by Holm's method for all rows, so that at most one in twenty studies of equal variants "
        "calls any pair different. "
        f"Practically the same: within {share(summary.design.margin)} of the mean of all trainings.",
    )


def _charts(summary: StudySummary, variants: Sequence[VariantSummary]) -> list[Chart]:
    metrics = dict.fromkeys(
        metric
        for row in variants
        for outcome in row.outcomes
        for moment in outcome.moments
        for metric in moment.figures
    )
    judged = [metric for metric in summary.design.metrics if metric in metrics]
    others = [metric for metric in metrics if metric not in judged]
    charts = [_chart(metric, variants) for metric in (*judged, *others)]
    return [chart for chart in charts if chart.series]


def _chart(metric: str, variants: Sequence[VariantSummary]) -> Chart:
    series = tuple(
        one for number, row in enumerate(variants) if (one := _series(metric, number, row)) is not None
    )
    seeds = max((sum(bool(outcome.moments) for outcome in row.outcomes) for row in variants), default=0)
    meaning = (
        f"Mean of {count(seeds, 'seed')} at most; the band is from the lowest to the highest."
        if seeds > 1
        else ""
    )
    return Chart(metric, meaning, False, series, axis="images", has_bands=seeds > 1)


def _series(metric: str, number: int, row: VariantSummary) -> Series | None:
    values: dict[int, list[float]] = {}
    for outcome in row.outcomes:
        for moment in outcome.moments:
            if (value := moment.figures.get(metric)) is not None:
                values.setdefault(moment.images, []).append(value)
    if not values:
        return None
    images = sorted(values)
    return Series(
        printable(row.variant.brief), number, 0, [*images],
        [statistics.fmean(values[at]) for at in images],
        [min(values[at]) for at in images],
        [max(values[at]) for at in images],
    )  # fmt: skip


def _grid(row: VariantSummary, seed: int) -> tuple[Picture | None, str]:
    """The last grid of a training, or why there is none."""
    outcome = next((outcome for outcome in row.outcomes if outcome.entry.seed == seed), None)
    if outcome is None:
        return None, "not trained yet"
    paths = sorted(outcome.run.samples.glob("step-*.png")) if outcome.run.samples.is_dir() else []
    if not paths:
        return None, outcome.entry.state
    try:
        return pictures.read(paths[-1]), _below(outcome)
    except GanzooError as error:
        return None, str(error)


def _below(outcome: TrainingOutcome) -> str:
    ended = "" if outcome.entry.state == "finished" else f", {outcome.entry.state}"
    return f"{outcome.images:,} images{ended}"


def _protocol(summary: StudySummary) -> PageTable:
    design, environment = summary.design, summary.description.environment
    figures = [figure for outcome in summary.outcomes for figure in _figures(outcome)][:1]
    judged = [f"{name}, of {number:,} samples" for name, number in figures]
    rows = {
        "varies": "; ".join(f"{shown(axis.key)}: {', '.join(axis.ends)}" for axis in design.axes),
        **_named(design),
        "budget": f"{design.budget}, evaluations not counted",
        "evaluated": f"{count(design.evaluations, 'time')} on the way, the last time at the end",
        "figures": ", ".join(judged),
        "seeds": "of each trial 0" if design.is_search else f"0 to {design.seeds - 1}",
        "paired": "the trainings of a seed share the order of the data and the latents that are judged"
        if design.is_paired
        else "no: every training has a seed of its own",
        "order": "all variants of a seed, shuffled, then those of the next",
        "threads": f"{design.threads} of each training",
        "processor": str(environment.get("processor")),
        "torch": str((environment.get("versions") or {}).get("torch")),
        "load at the beginning": rounded(float(environment.get("load_average") or 0)),
        "can find": "" if design.is_search else detectable(design.seeds, max(1, len(summary.differences))),
    }
    shown_rows = tuple(
        PageRow((printable(key), printable(value, 2000))) for key, value in rows.items() if value
    )
    return PageTable("Protocol", ("", "how"), shown_rows)


def _named(design: Design) -> dict[str, str]:
    """What each variant with a name of its own sets."""
    sets = [item for axis in design.axes if isinstance(axis, NamedAxis) for item in axis.sets.items()]
    return {name: ", ".join(f"{shown(key)} = {each[key]}" for key in each) for name, each in sets}


def _figures(outcome: TrainingOutcome) -> list[tuple[str, int]]:
    lines = outcome.run.read_metrics("evaluation")[:1]
    said = [line["evaluation"] for line in lines if isinstance(line.get("evaluation"), dict)]
    figures = [(name, f) for each in said for name, f in each.items() if isinstance(f, dict)]
    return [(name, f["images"]) for name, f in figures if type(f.get("images")) is int][:1]


def _commands(summary: StudySummary) -> list[str]:
    """What was typed, without the folder of the data, which tells of the machine; and how to add seeds."""
    words = without_option(summary.description.command, "--data-dir")
    return [
        shlex.join(["ganzoo", *words]),
        shlex.join(
            ["ganzoo", "study", "extend", summary.folder.path.name, "--seeds", str(summary.design.seeds + 2)]
        ),
    ][: 1 if summary.design.is_search else 2]
