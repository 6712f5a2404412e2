"""What commands print: tables, JSON and notes. Only a terminal needs rich, which takes time to import."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, Literal

import click

from ganzoo.tables import RENDERERS, Column, Table, as_text, caption, listing
from ganzoo.text import json_safe, printable_lines

SCHEMA: Final = 1
"""Version of every `--json` object."""

_GAP: Final = 3
"""Between two columns of a fitted table."""

_LEAST: Final = 12
"""Characters below which no column of texts is narrowed."""


def print_json(value: Mapping[str, Any]) -> None:
    """Prints one JSON object; what is not a finite number is null."""
    click.echo(json.dumps({"schema": SCHEMA, **json_safe(value)}, indent=2, default=str, allow_nan=False))


def print_listing(rows: Sequence[Sequence[str]]) -> None:
    """Prints rows of texts under a heading of their own; nothing where there is no row."""
    if rows:
        print_table(listing(rows), indent=2)


def print_table(table: Table, *, indent: int = 0, dispensable: Sequence[str] = ()) -> bool:
    """Prints a table to stdout: fitted to a terminal, plain and whole in a pipe.

    Args:
        table: what to print.
        indent: spaces before each row, but for rows with headings on a terminal.
        dispensable: names of columns that a narrow terminal goes without, the first of them first.

    Returns:
        Whether no column was left out.
    """
    if not sys.stdout.isatty():
        click.echo(as_text(table, indent))
        return True
    width = shutil.get_terminal_size().columns - indent
    columns = table.shown
    for name in dispensable:
        if sum(map(_width, columns)) > width:
            columns = [column for column in columns if column.name != name]
    kept = replace(table, columns=(*table.common, *columns))
    if sum(min(_width(c), _LEAST) if not c.numeric else _width(c) for c in columns) > width:
        click.echo(as_text(kept, indent))  # whatever is done, a line is longer than the terminal is wide
    else:
        _print_fitted(kept, indent)
    return len(columns) == len(table.shown)


def print_rendered(table: Table, table_format: str) -> None:
    """Prints a table as `--format` says: one of `ganzoo.tables.RENDERERS`."""
    if table_format == "text":
        print_table(table)
    else:
        click.echo(RENDERERS[table_format](table))


def _width(column: Column) -> int:
    return max(map(len, (column.heading, *column.texts))) + _GAP


def _print_fitted(table: Table, indent: int) -> None:
    """Prints with the widest texts wrapped; numbers never are."""
    from rich import box
    from rich.console import Console
    from rich.padding import Padding
    from rich.table import Table as Grid
    from rich.text import Text

    grid = Grid(
        box=box.SIMPLE_HEAD if table.has_headings else None,
        show_header=table.has_headings,
        pad_edge=False,
        padding=(0, 1) if table.has_headings else (0, 2, 0, 0),
    )
    for column in table.shown:
        justify: Literal["left", "right"] = "right" if column.numeric else "left"
        grid.add_column(Text(column.heading), justify=justify, no_wrap=column.numeric, overflow="fold")
    for row in zip(*(column.texts for column in table.shown), strict=True):
        grid.add_row(*map(Text, row))
    if caption(table):
        click.echo(caption(table))
    # The rules of a table with headings stand out by themselves, and need the width.
    Console().print(grid if table.has_headings else Padding(grid, (0, 0, 0, indent)))


def heading(text: str) -> None:
    """Prints a heading."""
    click.echo(click.style(printable_lines(text), bold=True))


def note(text: str) -> None:
    """Says something to the user on stderr, where it doesn't mix with data and controls no terminal."""
    click.echo(printable_lines(text), err=True)
