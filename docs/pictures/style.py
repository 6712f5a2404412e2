"""What the pictures share: colours, fonts, rounding, and grids of numbered cells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import matplotlib
import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

BLUE, ORANGE, GREEN, PURPLE, GREY, INK = "#4477aa", "#cc6633", "#228833", "#aa3377", "#bbbbbb", "#222222"
FOUR: Final = (BLUE, ORANGE, GREEN, PURPLE)
"""Colours that stay apart for colour-blind readers (Tol, 2021, "bright", two of them darker)."""


@contextmanager
def drawing() -> Iterator[None]:
    """While a figure is drawn: small files, and the same bytes from the same code."""
    settings = {
        "axes.spines.right": False,
        "axes.spines.top": False,
        "font.family": "DejaVu Sans",
        "font.size": 10,
        "svg.fonttype": "path",
        "svg.hashsalt": "ganzoo",
        "text.color": INK,
    }
    with matplotlib.rc_context(settings):
        yield


def drawn(values: torch.Tensor) -> np.ndarray:
    """Numbers to five digits: processors differ in the last bits of a tanh, and the pictures may not."""
    return np.round(values.detach().double().numpy(), 5)


def canvas(width: float, height: float, columns: float, rows: float) -> tuple[Figure, Axes]:
    """A figure of so many inches, whose one panel has cells of 1 by 1 and its origin at the top left."""
    figure = Figure(figsize=(width, height))
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set(xlim=(0, columns), ylim=(rows, 0), aspect="equal")
    axes.set_axis_off()
    return figure, axes


def cell(
    axes: Axes,
    x: float,
    y: float,
    text: str = "",
    *,
    fill: str = "white",
    alpha: float = 0.3,
    dashed: bool = False,
    faint: bool = False,
) -> None:
    """Draws one cell with its top left corner at (x, y)."""
    if fill != "white":
        axes.add_patch(Rectangle((x, y), 1, 1, facecolor=fill, alpha=alpha, edgecolor="none"))
    style = "--" if dashed else "-"
    colour = GREY if faint or dashed else INK
    axes.add_patch(Rectangle((x, y), 1, 1, fill=False, edgecolor=colour, linestyle=style, linewidth=0.9))
    axes.text(x + 0.5, y + 0.52, text, ha="center", va="center", color=GREY if faint else INK)


def grid(
    axes: Axes, x: float, y: float, numbers: Sequence[Sequence[float]], fills: Sequence[Sequence[str]] = ()
) -> None:
    """Draws a matrix with its top left corner at (x, y)."""
    for i, row in enumerate(numbers):
        for j, number in enumerate(row):
            cell(axes, x + j, y + i, f"{number:g}", fill=fills[i][j] if fills else "white")


def caption(axes: Axes, x: float, y: float, text: str) -> None:
    """Writes centred text."""
    axes.text(x, y, text, ha="center", va="center")
