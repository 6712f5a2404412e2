"""Tables fitted to a terminal: wrapped between words, with columns folded below their row, or cut."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from ganzoo.tables import Column, Table
from ganzoo.text import UNKNOWN, shorten

NARROWEST = 40
"""Columns of the narrowest terminal that tables are fitted to."""

_LEAST = 16
"""Characters below which no column of longer texts is narrowed."""

_FOLD = 4
"""Spaces before what is folded below a row."""

_LEAST_OF_CUT = 20
"""Characters below which a text that is cut stands below its row instead."""


def fit(table: Table, width: int, indent: int = 0) -> list[str]:
    """The lines of a table, headings and a rule first where it has them.

    No line is longer than the terminal is wide, unless a single word is. Texts are wrapped between words.
    Where that leaves too little room, columns are folded: they stand below their row, texts before numbers,
    the last ones first.
    """
    gap = 3 if table.has_headings else 2
    beside, below = _divided(table, width - indent, gap)
    widths = _widths(beside, width - indent, gap) or [_full(column) for column in beside]
    lines = []
    if table.has_headings:
        lines += [
            _row([[column.heading] for column in beside], beside, widths, gap)[0],
            "─" * _total(widths, gap),
        ]
    for number in range(len(table.shown[0].texts)):
        cells = [
            [column.texts[number]] if column.numeric else wrapped(column.texts[number], room)
            for column, room in zip(beside, widths, strict=True)
        ]
        lines += _row(cells, beside, widths, gap)
        lines += _folded(table, below, number, width - indent)
    return [" " * indent + line for line in lines]


def cut_rows(table: Table, width: int, indent: int) -> tuple[list[str], bool]:
    """A listing of two columns in as few lines as can be, its last text cut where it doesn't fit.

    Returns:
        The lines, and whether nothing was cut.
    """
    first, last = table.shown
    side = _full(first)
    room = width - indent - side - 2
    is_beside = room >= _LEAST_OF_CUT
    room = room if is_beside else width - indent - _FOLD
    lines = []
    for name, text in zip(first.texts, last.texts, strict=True):
        shown = shorten(text, room)
        lines += [f"{name:<{side}}  {shown}"] if is_beside else [name, " " * _FOLD + shown]
    return [" " * indent + line.rstrip() for line in lines], max(map(len, last.texts)) <= room


def _divided(table: Table, width: int, gap: int) -> tuple[list[Column], list[Column]]:
    """The columns that stand beside each other, and those that are folded below."""
    beside = list(table.shown)
    later = beside[1:][::-1]
    for column in sorted(later, key=lambda column: column.numeric):  # a stable sort: texts, then numbers
        if _widths(beside, width, gap) is not None:
            break
        beside = [other for other in beside if other is not column]
    return beside, [column for column in table.shown if not any(column is other for other in beside)]


def _widths(columns: Sequence[Column], width: int, gap: int) -> list[int] | None:
    """Widths with which no word is broken, as equal as they can be; None where there are none."""
    full = [_full(column) for column in columns]
    least = [
        whole if column.numeric else max(min(whole, _LEAST), _longest_word(column))
        for column, whole in zip(columns, full, strict=True)
    ]
    if _total(least, gap) > width:
        return None
    fitting = least
    for level in range(1, max(full) + 1):
        wider = [min(max(level, low), high) for low, high in zip(least, full, strict=True)]
        if _total(wider, gap) > width:
            break
        fitting = wider
    return fitting


def _total(widths: Sequence[int], gap: int) -> int:
    return sum(widths) + gap * (len(widths) - 1)


def _full(column: Column) -> int:
    return max(map(len, (column.heading, *column.texts)))


def _longest_word(column: Column) -> int:
    return max(len(column.heading), *(len(word) for text in column.texts for word in text.split()), 0)


def wrapped(text: str, width: int) -> list[str]:
    """A text in lines of so many characters, unless a single word is longer; one empty line of none."""
    return textwrap.wrap(text, max(width, 1), break_long_words=False, break_on_hyphens=False) or [""]


def _row(
    cells: Sequence[Sequence[str]], columns: Sequence[Column], widths: Sequence[int], gap: int
) -> list[str]:
    """The lines of one row, whose cells may have several."""
    lines = []
    for number in range(max(map(len, cells))):
        texts = [cell[number] if number < len(cell) else "" for cell in cells]
        aligned = [
            text.rjust(width) if column.numeric else text.ljust(width)
            for text, column, width in zip(texts, columns, widths, strict=True)
        ]
        lines.append((" " * gap).join(aligned).rstrip())
    return lines


def _folded(table: Table, columns: Sequence[Column], number: int, width: int) -> list[str]:
    """What stands below a row: with its heading where the table has headings, and nothing unknown."""
    texts = [(column.heading, column.texts[number]) for column in columns]
    known = [(heading, text) for heading, text in texts if text not in ("", UNKNOWN)]
    if table.has_headings:
        joined = ", ".join(f"{heading} {text}" for heading, text in known)
    else:
        joined = "  ".join(text for _heading, text in known)
    return [" " * _FOLD + line for line in wrapped(joined, width - _FOLD) if joined]
