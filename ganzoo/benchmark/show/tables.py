"""The tables of reports: times, memory, what swaps cost, parts of the training step, kernels."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from ganzoo.benchmark.report import Report
from ganzoo.benchmark.show.columns import KERNELS, MEMORY, PARTS, PEAK, SOURCE, STATE, TIMES, Entry
from ganzoo.benchmark.show.keys import key_fields
from ganzoo.benchmark.show.swaps import SWAPS, first_of
from ganzoo.tables import Field, Table, table


def tabulate(reports: Mapping[str, Report], name: str = "times") -> Table:
    """One table of the rows of all reports.

    Args:
        reports: name to report.
        name: what to show, one of `TABLES`.
    """
    entries, fields = TABLES[name]
    rows = [
        Entry(source=source, row=row, first=first_of(report.rows, row.key))
        for source, report in reports.items()
        for row in report.rows
    ]
    key = key_fields([row.key for row in rows])
    sources = [SOURCE] if len(reports) > 1 else []
    return table([*sources, *key, *fields], [entry for row in rows for entry in entries(row)])


def _rows(entry: Entry) -> Iterator[Entry]:
    yield entry


def _parts(entry: Entry) -> Iterator[Entry]:
    for name, part in entry.row.subphases.items():
        yield replace(entry, name=name, listed=part)


def _kernels(entry: Entry) -> Iterator[Entry]:
    kernels = entry.row.kernels.table if entry.row.kernels else ()
    total = sum(kernel.total_ns for kernel in kernels)
    for kernel in kernels:
        share_of_all = kernel.total_ns / total if total else None
        yield replace(entry, name=kernel.name, listed=replace(kernel, share=share_of_all))


TABLES: Final[dict[str, tuple[Callable[[Entry], Iterator[Entry]], tuple[Field[Entry], ...]]]] = {
    "times": (_rows, (*TIMES, PEAK, *STATE)),
    "memory": (_rows, (*MEMORY, *STATE)),
    "swaps": (_rows, (*SWAPS, *STATE)),
    "parts": (_parts, PARTS),
    "kernels": (_kernels, KERNELS),
}
"""Each table: how a row of a report becomes rows of the table, and the columns."""
