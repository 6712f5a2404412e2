"""One HTML file about a recording of the profiler: no script, and nothing is loaded from anywhere.

All that the recording says is escaped, and a Content-Security-Policy lets nothing run.
"""

from __future__ import annotations

import importlib.metadata
import zlib
from collections.abc import Sequence
from importlib import resources
from typing import Final

import jinja2

from ganzoo import trace
from ganzoo.text import printable
from ganzoo.trace import Analysis, Trace
from ganzoo.trace.flame import by_total
from ganzoo.trace.timeline import over_time

_COLOURS: Final = 6
_ROWS: Final = 40
"""Kernels, or operators, that the table lists."""

_LONGEST: Final = 300
"""Characters of a name that are shown: those of kernels have thousands."""


def make_page(title: str, recording: Trace, analysis: Analysis, summary: Sequence[tuple[str, str]]) -> str:
    """The HTML of a recording.

    Args:
        title: what it is called, such as the name of its file.
        recording: what was recorded.
        analysis: of the same.
        summary: a label and a sentence each, what stands on top.
    """
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(_asset), autoescape=True, undefined=jinja2.StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.filters |= {"ms": _ms, "colour": _colour, "shown": _shown, "percent": _percent}
    return environment.get_template("recording.html.jinja").render(
        title=printable(title),
        version=importlib.metadata.version("ganzoo-torch"),
        style=_asset("recording.css"),
        summary=summary,
        flame=by_total(recording),
        timeline=over_time(recording),
        has_gpu=bool(recording.gpu),
        kernels=analysis.table[:_ROWS],
        kernel_total=analysis.kernels.total,
        operators=analysis.operators[:_ROWS],
        operator_total=sum(row.own for row in analysis.operators),
    )


def _ms(nanoseconds: float) -> str:
    return f"{nanoseconds / 1e6:,.3f} ms"


def _percent(part: float, whole: float) -> str:
    """A part of the whole as a style sheet takes it."""
    return f"{100 * part / whole:.4f}%" if whole else "0%"


def _colour(name: str) -> int:
    """The same colour for the same name on every page."""
    return zlib.crc32(name.encode("utf-8", "replace")) % _COLOURS


def _shown(name: str) -> str:
    return printable(trace.shorten(name), _LONGEST)


def _asset(name: str) -> str:
    return resources.files("ganzoo.pages.recording").joinpath("assets", name).read_text(encoding="utf-8")
