"""What commands print: plain tables and JSON, without importing rich."""

from __future__ import annotations

import json
import shutil
import sys
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any, Final

import click

from ganzoo.text import printable

SCHEMA: Final = 1
"""Version of every `--json` object."""


def print_json(value: Mapping[str, Any]) -> None:
    """Prints one JSON object."""
    click.echo(json.dumps({"schema": SCHEMA, **value}, indent=2, default=str))


def print_table(rows: Sequence[Sequence[str]], indent: int = 2) -> None:
    """Prints aligned columns; on a terminal the last one wraps, in a pipe no line ever does."""
    if not rows:
        return
    rows = [[printable(cell) for cell in row] for row in rows]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]) - 1)]
    left = indent + sum(width + 2 for width in widths)
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else 0
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        head = " " * indent + "".join(cell + "  " for cell in cells)
        tail = row[-1]
        if width > left + 20:
            tail = ("\n" + " " * left).join(textwrap.wrap(tail, width - left)) or tail
        click.echo((head + tail).rstrip())


def heading(text: str) -> None:
    """Prints a heading."""
    click.echo(click.style(text, bold=True))


def note(text: str) -> None:
    """Says something to the user on stderr, where it doesn't mix with data."""
    click.echo(text, err=True)
