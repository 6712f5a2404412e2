"""`ganzoo bench trace`: where the time of a recording went, without torch and without a GPU."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from ganzoo import trace
from ganzoo.cli.options import json_option
from ganzoo.cli.output import heading, note, print_json
from ganzoo.text import printable
from ganzoo.trace import Analysis


@click.command("trace")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--by",
    "table",
    type=click.Choice(["kernel", "category", "operator"]),
    help="The table to print: GPU time by kernel or by category, or the host's time by operator."
    "  [default: kernel; operator where no GPU was recorded]",
)
@click.option("--range", "range_name", metavar="NAME", help="Only what this range started; * matches.")
@click.option("--top", type=click.IntRange(min=0), default=20, show_default=True, help="Rows; 0 for all.")
@json_option
def command(file: Path, table: str | None, range_name: str | None, top: int, as_json: bool) -> None:
    """Show where the time of a recording went: kernels, ranges, idle time.

    FILE is a Chrome trace that PyTorch's profiler wrote on any machine, .json or .json.gz, of
    NVIDIA's or AMD's GPUs or of the CPU alone. Neither torch nor a GPU is needed to read it.
    """
    recording = trace.read(file)
    if range_name is not None:
        recording = trace.within(recording, range_name)
    analysis = trace.analyse(recording)
    for problem in analysis.problems:
        note(f"warning: the recording is incomplete: {problem}")
    if as_json:
        print_json({"file": str(file), "range": range_name, **trace.to_json(analysis)})
        return
    for label, text in _summary(analysis):
        click.echo(f"{label:<10}{_clean(text)}")
    kind = table or ("kernel" if analysis.kernels.count else "operator")
    for printed in (_TABLES[kind](analysis), _ranges(analysis)):
        if printed.rows:
            _print(printed, top)


@dataclass(frozen=True)
class _Table:
    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    left: int = 1
    """Columns of words, which come last; those before are numbers."""


def _summary(analysis: Analysis) -> Sequence[tuple[str, str]]:
    """What stands above the tables."""
    verdict = ("verdict", str(analysis.verdict))
    if not analysis.devices:
        return [verdict]
    kernels, idle, launches = analysis.kernels, analysis.idle, analysis.launches
    devices = [f"{'?' if d.id is None else d.id}: {d.name or 'name not recorded'}" for d in analysis.devices]
    copies = [
        f"{kind.name.removeprefix('Memcpy ')} {kind.count:,} in {_ms(kind.total)}"
        for kind in analysis.memcpy_kinds
    ]
    span = analysis.busy + idle.total
    unlaunched = kernels.count - launches.joined
    rows = [
        ("GPU", "; ".join(devices)),
        (
            "busy",
            f"{_share(analysis.busy, span)}, {_ms(analysis.busy)} of {_ms(span)}; idle: waiting for the host "
            f"{_share(idle.host_wait, span)}, gaps up to 5 µs {_share(idle.short_gaps, span)}, "
            f"other {_share(idle.other, span)}",
        ),
        (
            "kernels",
            f"{kernels.count:,} in {_ms(kernels.total)}, {_ms(kernels.union)} with overlaps counted once; "
            f"{_share(kernels.small, kernels.count)} of them under 10 µs",
        ),
        ("copies", "; ".join(copies) or "none"),
        ("fills", f"{analysis.memset.count:,} in {_ms(analysis.memset.total)}"),
        (
            "launches",
            f"{launches.count:,} of kernels, {launches.graphs:,} of graphs, {_ms(launches.total)} on the host"
            + (
                f"; a kernel starts {launches.median_delay / 1e3:,.1f} µs after its launch (median)"
                if launches.median_delay is not None
                else ""
            )
            + (f"; those of {unlaunched:,} kernels are not recorded" if unlaunched else ""),
        ),
    ]
    if analysis.steps.kernels:
        rows.append(("steps", _steps(analysis.steps.kernels)))
    return [*rows, verdict]


def _steps(kernels: Sequence[int]) -> str:
    if len(set(kernels)) == 1:
        return f"{len(kernels):,} with {kernels[0]:,} kernels each"
    return f"{len(kernels):,} with different numbers of kernels: {', '.join(f'{k:,}' for k in kernels[:16])}"


def _kernels(analysis: Analysis) -> _Table:
    total = analysis.kernels.total
    rows = [
        (
            _ms(row.total),
            _share(row.total, total),
            f"{row.calls:,}",
            f"{row.total / row.calls / 1e3:,.1f} µs",
            row.category,
            row.name,
        )
        for row in analysis.table
    ]
    return _Table("Kernels", ("time", "share", "calls", "mean", "category", "kernel"), rows, left=2)


def _categories(analysis: Analysis) -> _Table:
    total = analysis.kernels.total
    rows = [
        (_ms(row.total), _share(row.total, total), f"{row.calls:,}", row.name) for row in analysis.categories
    ]
    return _Table("Categories", ("time", "share", "calls", "category"), rows)


def _operators(analysis: Analysis) -> _Table:
    total = sum(row.own for row in analysis.operators)
    rows = [
        (_ms(row.own), _share(row.own, total), _ms(row.total), f"{row.calls:,}", row.name)
        for row in analysis.operators
    ]
    header = ("own time", "share", "with what it calls", "calls", "operator")
    return _Table("Operators, time of the host", header, rows)


def _ranges(analysis: Analysis) -> _Table:
    total = analysis.kernels.total
    if not total:
        times = [(_ms(row.host_total), f"{row.instances:,}", row.name) for row in analysis.ranges]
        return _Table("Ranges, time of the host", ("host time", "times", "range"), times)
    rows = [
        (
            _ms(row.total),
            _share(row.total, total),
            f"{row.kernels:,}",
            f"{row.instances:,}",
            _ms(row.host_total),
            row.name,
        )
        for row in analysis.ranges
    ]
    header = ("GPU time", "share", "kernels", "times", "host time", "range")
    return _Table("Ranges, with the kernels that were launched inside", header, rows)


_TABLES = {"kernel": _kernels, "category": _categories, "operator": _operators}


def _print(table: _Table, top: int) -> None:
    """Prints a table: fitted to a terminal with short names, whole lines with whole names in a pipe."""
    shown = table.rows[:top] if top else table.rows
    click.echo()
    if sys.stdout.isatty():
        _print_fitted(table, shown)
    else:
        _print_lines(table, shown)
    if len(shown) < len(table.rows):
        note(f"{len(table.rows) - len(shown):,} more rows: --top 0 shows all")


def _print_lines(table: _Table, shown: Sequence[Sequence[str]]) -> None:
    heading(table.title)
    rows = [table.header, *shown]
    widths = [max(len(row[column]) for row in rows) for column in range(len(table.header))]
    numbers = len(table.header) - table.left
    for row in rows:
        cells = [
            cell.rjust(width) if column < numbers else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row[:-1], widths, strict=False))
        ]
        click.echo("  " + "  ".join([*cells, _clean(row[-1])]))


def _print_fitted(table: _Table, shown: Sequence[Sequence[str]]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    fitted = Table(
        title=table.title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False
    )
    numbers = len(table.header) - table.left
    for index, column in enumerate(table.header):
        last = index == len(table.header) - 1
        fitted.add_column(
            column, justify="right" if index < numbers else "left", no_wrap=not last, overflow="fold"
        )
    for row in shown:
        name = trace.shorten(row[-1]) if table.header[-1] == "kernel" else row[-1]
        fitted.add_row(*row[:-1], _clean(name))
    Console(markup=False, highlight=False).print(fitted)


def _clean(text: str) -> str:
    """Text of a file without what would move the terminal's cursor."""
    return printable(text, len(text) + 1)


def _ms(nanoseconds: int) -> str:
    return f"{nanoseconds / 1e6:,.3f} ms"


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "-"
