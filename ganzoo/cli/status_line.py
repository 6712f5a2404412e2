"""A line on a terminal that is written anew again and again, and fits however narrow the terminal is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from rich.console import Console, ConsoleOptions, RenderResult
from rich.progress_bar import ProgressBar
from rich.table import Table

Columns = Sequence[tuple[int, str]]
"""Texts from left to right, each with its rank: the highest goes first where there is no room."""

_GAP: Final = 2
"""Spaces between two columns."""

_BAR: Final = (10, 40)
"""The least and the greatest width of the bar, which takes what the words leave."""


def fitted(texts: Columns, width: int) -> list[str]:
    """The texts that fit into a line, the least important ones left out."""
    kept = list(texts)
    while len(kept) > 1 and _width(kept) > width:
        kept.remove(max(kept))
    return [text[:width] for _rank, text in kept]


def _width(texts: Columns) -> int:
    return sum(len(text) for _rank, text in texts) + _GAP * (len(texts) - 1)


class StatusLine:
    """Shows what there is to say now, with a bar behind the first text where there is room.

    Args:
        texts: gives the columns; none where there is nothing to show.
        progress: gives how much is done, and of how much.
    """

    def __init__(self, texts: Callable[[], Columns], progress: Callable[[], tuple[float, float]]) -> None:
        self._texts, self._progress = texts, progress

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The columns that fit, and the bar."""
        texts = fitted(self._texts(), options.max_width)
        if not texts:
            return
        room = options.max_width - sum(map(len, texts)) - _GAP * len(texts)
        line = Table.grid(padding=(0, _GAP, 0, 0), pad_edge=False)
        cells: list[str | ProgressBar] = [*texts]
        if room >= _BAR[0]:
            done, total = self._progress()
            cells.insert(1, ProgressBar(total, done, width=min(room, _BAR[1])))
        for _ in cells:
            line.add_column(no_wrap=True)
        line.add_row(*cells)
        yield line
