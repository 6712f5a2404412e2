"""What `ganzoo bench` shows: its progress on stderr, and the table of a report."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from rich.console import Console
from rich.live import Live

from ganzoo.benchmark.measure.cells import Cell
from ganzoo.benchmark.measure.harness import Listener
from ganzoo.benchmark.report import Report
from ganzoo.benchmark.show.keys import bare, setting_name
from ganzoo.benchmark.show.tables import tabulate
from ganzoo.cli.output import note, print_table
from ganzoo.cli.status_line import Columns, StatusLine
from ganzoo.text import count, duration

_DISPENSABLE: Final = (
    "first_step_ns",
    "parameters",
    "flops_per_second",
    "seconds_per_kimg",
    "joules_per_image",
    "peak_bytes",
    "flops_per_image",
    "median_ns",
)
"""Columns that a narrow terminal goes without, the first of them first."""


def describe(cell: Cell) -> str:
    """A cell in words."""
    extras = [cell.precision] + ["not channels-last"] * (not cell.channels_last) + ["compiled"] * cell.compile
    extras += [f"{setting_name(key)} {bare(text)}" for key, text in cell.named.items()]
    name = cell.model.rpartition(":")[2]
    return f"{name} {cell.phase}, {cell.image}, batch {cell.batch_size}, {', '.join(extras)}"


@contextmanager
def progress() -> Iterator[Listener]:
    """A listener that reports to stderr: a bar on a terminal, a line a launch elsewhere."""
    console = Console(stderr=True, highlight=False, markup=False, emoji=False)
    if not console.is_terminal or console.is_dumb_terminal:
        yield LaunchLines()
        return
    shown = LaunchLine()
    with Live(shown.line, console=console, refresh_per_second=4, transient=True):
        yield shown


class LaunchLine:
    """A line that redraws itself."""

    def __init__(self) -> None:
        self._total: int | None = 0
        self._done = 0
        self._cell = ""
        self._began = time.monotonic()
        self.line: Final = StatusLine(self._columns, lambda: (self._done, self._total or 1))

    def _columns(self) -> Columns:
        if self._total == 0:
            return ()
        seconds = time.monotonic() - self._began
        of_how_many = "" if self._total is None else f"/{self._total:,}"
        texts = [(1, f"launch {self._done:,}{of_how_many}"), (3, self._cell)]
        texts.append((2, f"{duration(seconds)} gone"))
        if self._done and self._total:
            texts.append((0, f"{duration(seconds / self._done * (self._total - self._done))} left"))
        return texts

    def planned(self, cells: int | None, launches: int, seconds: float) -> None:
        """Starts the line."""
        self._total, self._began = None if cells is None else cells * launches, time.monotonic()

    def launched(self, number: int, cell: Cell) -> None:
        """Says what is being measured."""
        self._done, self._cell = number - 1, describe(cell)

    def finished(self, cell: Cell, result: str) -> None:
        """Nothing: the table will say it."""


class LaunchLines:
    """A line a launch, for files and pipes."""

    def __init__(self) -> None:
        self._of_how_many, self._number = "", 0

    def planned(self, cells: int | None, launches: int, seconds: float) -> None:
        """Says how much there is to do, where that is known."""
        self._of_how_many = "" if cells is None else f"/{cells * launches}"
        if cells is None:
            return
        note(
            f"{count(cells, 'row')}, each measured by {count(launches, 'process', 'processes')}, "
            f"{seconds:.1f} s of samples"
        )

    def launched(self, number: int, cell: Cell) -> None:
        """Keeps the number for the line that follows."""
        self._number = number

    def finished(self, cell: Cell, result: str) -> None:
        """Prints the line."""
        note(f"{self._number}{self._of_how_many} {describe(cell)}: {result}")


def print_report(report: Report) -> None:
    """Prints the rows of a report to stdout: fitted to a terminal, plain and whole in a pipe."""
    if not report.rows:
        note("no row was measured")
    elif not print_table(tabulate({"": report}), dispensable=_DISPENSABLE):
        note("some columns are left out on this narrow terminal;\nganzoo bench show of a report has them all")
