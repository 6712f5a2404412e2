"""Tables as data, and as text, Markdown and CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Generic, TypeVar

from ganzoo.text import UNKNOWN, markdown, plain, printable

Value = str | int | float | bool | None
Item = TypeVar("Item")

CELL_LENGTH: Final = 2000
"""Characters of a cell that are shown: a report may be a stranger's."""


@dataclass(frozen=True, kw_only=True)
class Field(Generic[Item]):
    """How a column is made: the value of an item for programs, and its text for people."""

    name: str
    """In CSV and JSON, with the unit of the value: `median_ns`."""
    heading: str
    """For people, with the unit of the text: `ms/step`. Empty: people are not shown the column."""
    value: Callable[[Item], Value]
    text: Callable[[Item], str] | None = None
    """None: the value as it is."""
    condition: bool = False
    """What was chosen rather than measured: said once above the table where all rows agree."""
    longest: int = CELL_LENGTH
    """Characters of a text that are shown."""


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column: all its values and texts, row by row."""

    name: str
    heading: str
    condition: bool
    values: tuple[Value, ...]
    texts: tuple[str, ...]

    @property
    def numeric(self) -> bool:
        """Whether all its values are numbers, which are aligned to the right."""
        return all(v is None or (isinstance(v, int | float) and not isinstance(v, bool)) for v in self.values)


@dataclass(frozen=True, kw_only=True)
class Table:
    """Columns of equal length."""

    columns: tuple[Column, ...]
    has_headings: bool = True
    """A listing has none: its texts explain themselves."""

    @property
    def records(self) -> list[dict[str, Value]]:
        """Every row as name to value, for JSON."""
        names = [column.name for column in self.columns]
        return [
            dict(zip(names, row, strict=True))
            for row in zip(*(column.values for column in self.columns), strict=True)
        ]

    @property
    def common(self) -> list[Column]:
        """The conditions that all rows share."""
        return [c for c in self.columns if c.condition and c.heading and len(set(c.texts)) == 1]

    @property
    def shown(self) -> list[Column]:
        """What is worth a column to people: what differs, or was measured in any row."""
        if not self.has_headings:
            return list(self.columns)
        common = [column.name for column in self.common]
        return [c for c in self.columns if c.heading and c.name not in common and set(c.texts) - {UNKNOWN}]


def table(fields: Sequence[Field[Item]], items: Sequence[Item]) -> Table:
    """Makes a table with a column for each field and a row for each item."""
    return Table(columns=tuple(_column(field, items) for field in fields))


def _column(field: Field[Item], items: Sequence[Item]) -> Column:
    values = tuple(field.value(item) for item in items)
    show = field.text or (lambda item: plain(field.value(item)))
    texts = tuple(
        UNKNOWN if value is None else printable(show(item), field.longest) or UNKNOWN
        for value, item in zip(values, items, strict=True)
    )
    return Column(
        name=field.name, heading=field.heading, condition=field.condition, values=values, texts=texts
    )


def listing(rows: Sequence[Sequence[str]]) -> Table:
    """A table without headings, of rows of as many texts each; a text is cut as a summary is."""
    columns = [tuple(map(printable, column)) for column in zip(*rows, strict=True)]
    return Table(
        columns=tuple(
            Column(name=str(number), heading="", condition=False, values=texts, texts=texts)
            for number, texts in enumerate(columns)
        ),
        has_headings=False,
    )


def sort(unsorted: Table, name: str) -> Table:
    """Rows in the order of a column: numbers from the largest, texts from A, the unknown last.

    Raises:
        KeyError: there is no such column.
    """
    column = {column.name: column for column in unsorted.columns}[name]
    known = [index for index, value in enumerate(column.values) if value is not None]
    known.sort(key=lambda index: column.values[index], reverse=column.numeric)  # type: ignore[arg-type, return-value]
    order = known + [index for index, value in enumerate(column.values) if value is None]
    return replace(unsorted, columns=tuple(_reordered(c, order) for c in unsorted.columns))


def _reordered(column: Column, order: Sequence[int]) -> Column:
    return replace(
        column,
        values=tuple(column.values[index] for index in order),
        texts=tuple(column.texts[index] for index in order),
    )


def caption(shown: Table) -> str:
    """What all rows share, in one line; empty where there is nothing."""
    return ", ".join(f"{column.heading} {column.texts[0]}" for column in shown.common if column.texts)


def as_text(shown: Table, indent: int = 0) -> str:
    """Aligned columns, numbers to the right, no line ever wrapped or cut."""
    lines = [f"all rows: {caption(shown)}", ""] if caption(shown) else []
    columns = [
        _aligned([column.heading, *column.texts] if shown.has_headings else column.texts, column.numeric)
        for column in shown.shown
    ]
    rows = (" " * indent + "  ".join(cells).rstrip() for cells in zip(*columns, strict=True))
    return "\n".join([*lines, *rows])


def _aligned(cells: Sequence[str], right: bool) -> list[str]:
    width = max(map(len, cells))
    return [cell.rjust(width) if right else cell.ljust(width) for cell in cells]


def as_markdown(shown: Table) -> str:
    """A table as GitHub shows it, what all rows share above it."""
    lines = [f"All rows: {markdown(caption(shown))}.", ""] if caption(shown) else []
    columns = shown.shown
    headings = [markdown(column.heading) for column in columns]
    rules = ["---:" if column.numeric else "---" for column in columns]
    rows = zip(*([markdown(text) for text in column.texts] for column in columns), strict=True)
    return "\n".join([*lines, *(f"| {' | '.join(cells)} |" for cells in (headings, rules, *rows))])


def as_csv(shown: Table) -> str:
    """Every column with its values unrounded, unknown ones empty, a row a line."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([column.name for column in shown.columns])
    for row in zip(*(column.values for column in shown.columns), strict=True):
        writer.writerow([printable(cell, CELL_LENGTH) if isinstance(cell, str) else cell for cell in row])
    return file.getvalue().rstrip("\n")


RENDERERS: Final[dict[str, Callable[[Table], str]]] = {
    "text": as_text,
    "markdown": as_markdown,
    "csv": as_csv,
}
