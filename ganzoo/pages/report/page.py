"""The page of a report: one HTML file that asks no network for anything.

Everything that comes from runs is escaped, and a Content-Security-Policy lets no script run but the two
in the page, by their hashes: a stranger's run can't run code in the browser of whoever looks at it.
"""

from __future__ import annotations

import base64
import hashlib
import importlib.metadata
import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Final

import jinja2
import torch
from markupsafe import Markup, escape
from torch import Tensor

from ganzoo.errors import GanzooError
from ganzoo.pages.report import curves, drawings, history, tables
from ganzoo.pages.report.drawings import Interpolation, Nearest
from ganzoo.pages.report.history import History
from ganzoo.pages.report.tables import PageTable
from ganzoo.runs.trained import load

_STYLES: Final = ("uplot/uPlot.min.css", "report.css")
_SCRIPTS: Final = ("uplot/uPlot.iife.min.js", "report.js")
_LICENCE: Final = "uplot/LICENSE"


@dataclass(frozen=True)
class Drawn:
    """What the generator of a run draws; a drawing is None where it can't be made, for the given reason."""

    interpolation: Interpolation | None = None
    nearest: Nearest | None = None
    reason: str = ""


@dataclass(frozen=True)
class _Shown:
    history: History
    drawn: Drawn
    evaluations: PageTable | None


def make_page(
    paths: Sequence[Path],
    *,
    data_dir: Path | None,
    device: torch.device,
    extra_tables: Sequence[PageTable] = (),
) -> str:
    """The HTML of a report about some runs.

    What needs a checkpoint, a plugin or a data set that is not at hand is left out, with the reason.

    Args:
        paths: run folders.
        data_dir: folder with the data sets' files; None for the one that each run names.
        device: where the generators draw.
        extra_tables: benchmarks and evaluations.

    Raises:
        UsageError: one of the paths is no run folder.
        GanzooError: the metrics of a run are damaged.
    """
    names = history.names_of(paths)
    histories = [history.read(path, name) for path, name in zip(paths, names, strict=True)]
    training_images = _TrainingImages(data_dir)
    shown = [
        _Shown(each, _draw(each, training_images, device), tables.recorded_evaluations(each))
        for each in histories
    ]
    return _render(shown, extra_tables)


class _TrainingImages:
    """The training images of a run, kept until a run of another data set comes."""

    def __init__(self, data_dir: Path | None) -> None:
        self._data_dir = data_dir
        self._settings: dict[str, object] | None = None
        self._images: Tensor | None = None

    def of(self, run: History) -> Tensor:
        wanted = {
            key: value
            for key, value in run.settings.items()
            if key.startswith("dataset.") or key == tables.DATA_DIR
        }
        if self._images is None or wanted != self._settings:
            self._images = drawings.load_training_images(run, self._data_dir)
            self._settings = wanted
        return self._images


def _draw(run: History, training_images: _TrainingImages, device: torch.device) -> Drawn:
    try:
        trained = load(run.path)
        trained.generator.to(device)
        interpolation = drawings.interpolation(trained)
    except GanzooError as error:
        return Drawn(reason=str(error))
    try:
        return Drawn(interpolation, drawings.nearest(trained, training_images.of(run)))
    except GanzooError as error:
        return Drawn(interpolation, reason=str(error))


def _render(runs: Sequence[_Shown], extra_tables: Sequence[PageTable]) -> str:
    histories = [run.history for run in runs]
    charts = curves.draw(histories)
    scripts = [_asset(name) for name in _SCRIPTS]
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(_asset), autoescape=True, undefined=jinja2.StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.filters["breakable"] = _breakable
    return environment.get_template("report.html.jinja").render(
        policy=f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src {_hashes(scripts)}",
        version=importlib.metadata.version("ganzoo-torch"),
        runs=runs,
        steps=sorted({grid.step for each in histories for grid in each.grids}),
        charts=charts,
        chart_data=[chart.to_json() for chart in charts],
        overview=tables.overview(histories),
        settings=tables.settings(histories),
        environment=tables.environment(histories),
        extra_tables=extra_tables,
        styles=[_asset(name) for name in _STYLES],
        scripts=scripts,
        licence=_asset(_LICENCE),
    )


def _breakable(text: str) -> Markup:
    """Escaped text with places where a narrow screen may break a name: `training.learning_rate`."""
    return Markup(re.sub("([._:])(?=[a-z])", r"\1<wbr>", str(escape(text))))


def _hashes(scripts: Sequence[str]) -> str:
    """What a Content-Security-Policy calls these scripts."""
    digests = (base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts)
    return " ".join(f"'sha256-{digest}'" for digest in digests)


def _asset(name: str) -> str:
    return resources.files("ganzoo.pages.report").joinpath("assets", name).read_text(encoding="utf-8").strip()
