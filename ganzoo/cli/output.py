"""What commands print: tables, JSON and notes."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import click

from ganzoo.cli import streams
from ganzoo.cli.fitting import NARROWEST, cut_rows, fit, wrapped
from ganzoo.tables import RENDERERS, Column, Table, as_text, caption, listing
from ganzoo.text import DOCUMENTATION_LENGTH, json_safe, printable, printable_lines

SCHEMA: Final = 1
"""Version of every `--json` object."""

_GAP: Final = 3
"""Between two columns of a fitted table."""


def print_json(value: Mapping[str, Any]) -> None:
    """Prints one JSON object; what is not a finite number is null."""
    click.echo(json.dumps({"schema": SCHEMA, **json_safe(value)}, indent=2, default=str, allow_nan=False))


def print_listing(rows: Sequence[Sequence[str]], *, cut: bool = False) -> bool:
    """Prints rows of texts under a heading of their own; nothing where there is no row.

    Args:
        rows: as many texts each.
        cut: whether a terminal shows one line of a row, its last text cut where it doesn't fit.

    Returns:
        Whether every text was shown whole.
    """
    if not rows:
        return True
    if not cut or not sys.stdout.isatty():
        print_table(listing(rows), indent=2)
        return True
    lines, is_whole = cut_rows(listing(rows), shutil.get_terminal_size().columns, indent=2)
    click.echo("\n".join(lines))
    return is_whole


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
    width = shutil.get_terminal_size().columns
    columns = table.shown
    for name in dispensable:
        if sum(map(_width, columns)) > width - indent:
            columns = [column for column in columns if column.name != name]
    kept = replace(table, columns=(*table.common, *columns))
    if width < NARROWEST or not columns:
        click.echo(as_text(kept, indent))  # whatever is done, a line is longer than the terminal is wide
    else:
        if caption(kept):
            print_text(f"{caption(kept)}\n")
        lines = fit(kept, width, 0 if table.has_headings else indent)
        if table.has_headings:
            lines[0] = click.style(lines[0], bold=True)
        click.echo("\n".join(lines))
    return len(columns) == len(table.shown)


def print_rendered(table: Table, table_format: str, *, dispensable: Sequence[str] = ()) -> None:
    """Prints a table as `--format` says: one of `ganzoo.tables.RENDERERS`.

    `dispensable` is as of `print_table`.
    """
    if table_format == "text":
        print_table(table, dispensable=dispensable)
    else:
        click.echo(RENDERERS[table_format](table))


def _width(column: Column) -> int:
    return max(map(len, (column.heading, *column.texts))) + _GAP


def heading(text: str) -> None:
    """Prints a heading."""
    print_text(text, bold=True)


def print_text(text: str, *, bold: bool = False) -> None:
    """Prints sentences: on a terminal, lines that are longer than it is wide are wrapped between words.

    What is wrapped begins where its line begins.
    """
    shown = printable_lines(text)
    if sys.stdout.isatty():
        width = shutil.get_terminal_size().columns
        shown = "\n".join(_within(line, width) for line in shown.split("\n"))
    click.echo(click.style(shown, bold=True) if bold else shown)


def print_labelled(label: str, text: str, width: int = 10) -> None:
    """Prints one line of text after its label, wrapped between words on a terminal, beside the label.

    Args:
        label: what the text is, in a word.
        text: what is said.
        width: where the text begins.
    """
    room = shutil.get_terminal_size().columns - width
    whole = printable(text, DOCUMENTATION_LENGTH)
    lines = wrapped(whole, room) if sys.stdout.isatty() else [whole]
    click.echo(f"{label:<{width}}" + f"\n{'':<{width}}".join(lines))


def _within(line: str, width: int) -> str:
    """One line as lines of a terminal so wide, each with the spaces that it begins with."""
    indent = line[: len(line) - len(line.lstrip())]
    if len(line) <= width or len(indent) > width // 2:
        return line
    return "\n".join(indent + part for part in wrapped(line.lstrip(), width - len(indent)))


def note(text: str) -> None:
    """Says something to the user on stderr, where it doesn't mix with data and controls no terminal."""
    click.echo(streams.between_words(printable_lines(text), sys.stderr), err=True)
