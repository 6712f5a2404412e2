"""The page of a report: one HTML file about runs that asks no network for anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from ganzoo.errors import GanzooError
from ganzoo.pages.report import curves, drawings, history, tables
from ganzoo.pages.report.drawings import Interpolation, Nearest
from ganzoo.pages.report.history import History
from ganzoo.pages.report.rendering import render
from ganzoo.pages.report.tables import PageTable
from ganzoo.runs.trained import load


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
    return render(
        "report.html.jinja",
        curves.draw(histories),
        runs=runs,
        steps=sorted({grid.step for each in histories for grid in each.grids}),
        overview=tables.overview(histories),
        settings=tables.settings(histories),
        environment=tables.environment(histories),
        extra_tables=extra_tables,
    )
