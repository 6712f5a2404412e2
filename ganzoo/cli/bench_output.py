"""What `ganzoo bench` shows: its progress on stderr, and the table of a report."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import click
from rich import box
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from ganzoo import tables
from ganzoo.benchmark.measure.cells import Cell
from ganzoo.benchmark.measure.harness import Observer
from ganzoo.benchmark.report import Report
from ganzoo.benchmark.show.tables import tabulate
from ganzoo.cli.output import note

_DISPENSABLE: Final = (
    "first_step_ns",
    "parameters",
    "flops_per_second",
    "seconds_per_kimg",
    "peak_bytes",
    "flops_per_image",
    "median_ns",
)
"""Columns that a narrow terminal goes without, the first of them first."""


def describe(cell: Cell) -> str:
    """A cell in words."""
    extras = [cell.precision] + ["not channels-last"] * (not cell.channels_last) + ["compiled"] * cell.compile
    name = cell.model.rpartition(":")[2]
    return f"{name} {cell.phase}, {cell.image}, batch {cell.batch_size}, {', '.join(extras)}"


@contextmanager
def progress() -> Iterator[Observer]:
    """An observer that reports to stderr: a bar on a terminal, a line a launch elsewhere."""
    console = Console(stderr=True, highlight=False)
    if not console.is_terminal or console.is_dumb_terminal:
        yield PlainProgress()
        return
    with Progress(
        TextColumn("launch {task.completed:.0f}/{task.total:.0f}"),
        BarColumn(bar_width=20),
        TextColumn("{task.fields[cell]}"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        console=console,
        transient=True,
    ) as bar:
        yield LiveProgress(bar)


class LiveProgress:
    """A bar that redraws itself."""

    def __init__(self, bar: Progress) -> None:
        self._bar = bar
        self._task: TaskID | None = None

    def planned(self, cells: int, launches: int, seconds: float) -> None:
        """Starts the bar."""
        self._task = self._bar.add_task("bench", total=cells * launches, cell="")

    def launched(self, number: int, cell: Cell) -> None:
        """Says what is being measured."""
        if self._task is not None:
            self._bar.update(self._task, completed=number - 1, cell=describe(cell))

    def finished(self, cell: Cell, result: str) -> None:
        """Nothing: the table will say it."""


class PlainProgress:
    """A line a launch, for files and pipes."""

    def __init__(self) -> None:
        self._total = self._number = 0

    def planned(self, cells: int, launches: int, seconds: float) -> None:
        """Says how much there is to do."""
        self._total = cells * launches
        note(
            f"{cells} rows, each measured by {launches} process{'es' if launches > 1 else ''}, "
            f"{seconds:.1f} s of samples"
        )

    def launched(self, number: int, cell: Cell) -> None:
        """Keeps the number for the line that follows."""
        self._number = number

    def finished(self, cell: Cell, result: str) -> None:
        """Prints the line."""
        note(f"{self._number}/{self._total} {describe(cell)}: {result}")


def print_report(report: Report) -> None:
    """Prints the rows of a report to stdout: fitted to a terminal, plain and whole in a pipe."""
    table = tabulate({"": report})
    table = tables.Table(columns=tuple(column for column in table.columns if column.name != "report"))
    if not table.records:
        note("no row was measured")
    elif sys.stdout.isatty():
        _print_fitted(table)
    else:
        click.echo(tables.as_text(table))


def _print_fitted(table: tables.Table) -> None:
    console = Console(highlight=False, markup=False)
    columns = table.shown
    for name in _DISPENSABLE:
        if _width(columns) > console.width:
            columns = [column for column in columns if column.name != name]
    fitted = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        is_free = column.name in ("model", "remarks", "components")
        fitted.add_column(
            column.heading,
            justify="right" if column.numeric else "left",
            no_wrap=not is_free,
            overflow="fold",
        )
    for row in zip(*(column.texts for column in columns), strict=True):
        fitted.add_row(*row)
    console.print(tables.caption(table), soft_wrap=True)
    console.print(fitted)
    if len(columns) < len(table.shown):
        note("some columns are left out on this narrow terminal; ganzoo bench show of a report has them all")


def _width(columns: list[tables.Column]) -> int:
    return sum(max(len(text) for text in (column.heading, *column.texts)) + 2 for column in columns)
