"""Pages from templates: styles, scripts and the policy that lets no other script run.

Everything that comes from runs is escaped, and a Content-Security-Policy lets no script run but those in the
page, by their hashes: a stranger's run can't run code in the browser of whoever looks at it.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import importlib.metadata
import re
from collections.abc import Sequence
from importlib import resources
from typing import Any, Final

import jinja2
from markupsafe import Markup, escape

from ganzoo.pages.report.curves import Chart

_STYLES: Final = ("uplot/uPlot.min.css", "report.css")
_SCRIPTS: Final = (("uplot/uPlot.iife.min.js",), ("charts.js", "report.js"))
"""The files of each script of a page."""

_LICENCE: Final = "uplot/LICENSE"


def render(template: str, charts: Sequence[Chart], **values: Any) -> str:
    """The HTML of a page.

    Args:
        template: its file's name among the assets.
        charts: what the page's script draws.
        values: what else the template shows.
    """
    scripts = ["\n".join(map(_asset, names)) for names in _SCRIPTS]
    page = _environment().get_template(template)
    return page.render(
        policy=f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src {_hashes(scripts)}",
        version=importlib.metadata.version("ganzoo-torch"),
        charts=charts,
        chart_data=[chart.to_json() for chart in charts],
        styles=[_asset(name) for name in _STYLES],
        scripts=scripts,
        licence=_asset(_LICENCE),
        **values,
    )


@functools.cache
def _environment() -> jinja2.Environment:
    """What keeps the templates, each of which is compiled once."""
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(_asset), autoescape=True, undefined=jinja2.StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.filters["breakable"] = _breakable
    return environment


def _breakable(text: str) -> Markup:
    """Escaped text with places where a narrow screen may break a name: `training.learning_rate=1e-3`."""
    return Markup(re.sub("([._:=/])(?=[A-Za-z])", r"\1<wbr>", str(escape(text))))


def _hashes(scripts: Sequence[str]) -> str:
    """What a Content-Security-Policy calls these scripts."""
    digests = (base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts)
    return " ".join(f"'sha256-{digest}'" for digest in digests)


def _asset(name: str) -> str:
    return resources.files("ganzoo.pages.report").joinpath("assets", name).read_text(encoding="utf-8").strip()
