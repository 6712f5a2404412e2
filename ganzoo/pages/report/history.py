"""The history of a run, as its folder records it: settings, environment, metrics, sample grids."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeGuard, TypeVar

from ganzoo.errors import GanzooError
from ganzoo.files import read_text
from ganzoo.pages.report import pictures
from ganzoo.pages.report.pictures import Picture
from ganzoo.runs import checkpoints
from ganzoo.runs.changes import KIND as SETTINGS
from ganzoo.runs.changes import described
from ganzoo.runs.folder import Run, open_run, read_configuration
from ganzoo.settings.configuration import NAME
from ganzoo.settings.recipes import RECIPE
from ganzoo.text import leaves, printable

GRIDS: Final = 32
"""The most sample grids of a run in a page: each takes some 50 to 200 kB."""

POINTS: Final = 1000
"""The most lines of a run that its curves are drawn from; a screen has no more columns."""

_MOST: Final = 2**20
"""Bytes of env.json."""

_MESSAGE: Final = 2000
"""Characters of a warning that are shown."""

Item = TypeVar("Item")


@dataclass(frozen=True)
class Grid:
    """The sample grid of a step."""

    step: int
    picture: Picture


@dataclass(frozen=True)
class StepWarning:
    """A warning that the training gave."""

    step: int | float
    message: str


@dataclass(frozen=True, kw_only=True)
class History:
    """A run as its folder records it. Texts and numbers may be a stranger's."""

    path: Path
    name: str
    """What the page calls it."""
    settings: Mapping[str, Any]
    environment: Mapping[str, Any]
    """What env.json says, by dotted name."""
    lines: Sequence[Mapping[str, Any]]
    """Losses and readings through time, thinned to `POINTS`."""
    num_lines: int
    """How many there were."""
    evaluations: Sequence[Mapping[str, Any]]
    """Each with a `step`, and an `evaluation` from a figure's name to the figure."""
    warnings: Sequence[StepWarning]
    grids: Sequence[Grid]
    """Thinned to `GRIDS`."""
    class_names: tuple[str, ...]
    """The class of each row of the grids; empty where the model is unconditional or has no checkpoint yet."""
    remarks: tuple[str, ...]
    """Settings that were changed on the way, what could not be read, and what was left out."""

    @property
    def model(self) -> str:
        """The bare name of its model."""
        return self._plugin("model")

    @property
    def dataset(self) -> str:
        """The bare name of its data set."""
        return self._plugin("dataset")

    def _plugin(self, section: str) -> str:
        return printable(str(self.settings.get(f"{section}.{NAME}", "?")).rpartition(":")[2])


def read(path: Path, name: str, *, with_grids: bool = True) -> History:
    """Reads a run folder, which a training may be writing at this moment.

    Args:
        path: the folder.
        name: what the page calls it.
        with_grids: whether its sample grids are read too.

    Raises:
        UsageError: it is none, or its configuration can't be read.
        GanzooError: its metrics are damaged, or a part that a page needs is a link out of the folder.
    """
    run = open_run(path)
    for part in ("config.json", "metrics.jsonl", "latest", "checkpoints"):
        if _leads_out(run, part):
            raise GanzooError(
                f"{path / part} is a link out of the run folder, which a page does not follow\n"
                "put what it leads to in its place"
            )
    lines = _metrics(run)
    losses, evaluations, warnings, changes = (
        [line for line in lines if line["kind"] == kind]
        for kind in ("losses", "evaluation", "warning", SETTINGS)
    )
    grids, remarks = _grids(run) if with_grids else ([], ())
    return History(
        path=path,
        name=name,
        settings={key: value for key, value in read_configuration(run).items() if key != f"model.{RECIPE}"},
        environment=_environment(run),
        lines=thinned(losses, POINTS),
        num_lines=len(losses),
        evaluations=[line for line in evaluations if isinstance(line.get("evaluation"), dict)],
        warnings=[StepWarning(line["step"], _message(line)) for line in warnings],
        grids=grids,
        class_names=_class_names(run),
        remarks=(*(printable(described(line), _MESSAGE) for line in changes), *remarks),
    )


def names_of(paths: Sequence[Path]) -> list[str]:
    """What runs are called: the folder's name, with as many folders above as tell them apart."""
    absolute = [path.absolute() for path in paths]
    for depth in range(1, max(len(path.parts) for path in absolute) + 1):
        names = ["/".join(path.parts[-depth:]) for path in absolute]
        if len(set(names)) == len(set(absolute)):
            break
    return [printable(name) for name in names]


def thinned(items: Sequence[Item], most: int) -> list[Item]:
    """At most so many of the items, evenly spaced, the first and the last among them."""
    if len(items) <= most:
        return list(items)
    last = len(items) - 1
    return [items[round(index * last / (most - 1))] for index in range(most)]


def is_number(value: Any) -> TypeGuard[int | float]:
    """Whether a value of a JSON file is a number that curves and tables can show: finite, and below 1e300."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300


def _metrics(run: Run) -> list[dict[str, Any]]:
    """The lines of metrics.jsonl that belong to a step.

    Raises:
        GanzooError: a line is no JSON object.
    """
    return [line for line in run.read_metrics() if is_number(line.get("step"))]


def _message(warning: Mapping[str, Any]) -> str:
    return printable(str(warning.get("message") or warning.get("warning")), _MESSAGE)


def _leads_out(run: Run, part: str) -> bool:
    """Whether a part of a run folder is a link out of it, so that a page would show what lies elsewhere."""
    return not Path(os.path.realpath(run.path / part)).is_relative_to(os.path.realpath(run.path))


def _environment(run: Run) -> dict[str, Any]:
    if _leads_out(run, "env.json"):
        return {}
    try:
        recorded = json.loads(read_text(run.path / "env.json", _MOST))
        return {key: value for key, value in leaves(dict(recorded)) if key != "schema"}
    except (OSError, TypeError, ValueError, RecursionError):
        return {}


def _class_names(run: Run) -> tuple[str, ...]:
    try:
        names = checkpoints.read_metadata(run.latest_checkpoint())["class_names"]
        return tuple(printable(str(name)) for name in names)
    except (GanzooError, KeyError, TypeError, ValueError):
        return ()


def grid_paths(run: Run) -> dict[int, Path]:
    """The sample grids of a run by their steps; none where they lie elsewhere, beyond a link."""
    return {
        int(number): path
        for path in (() if _leads_out(run, "samples") else run.samples.glob("step-*.png"))
        if (number := path.stem.removeprefix("step-")).isdecimal()
    }


def _grids(run: Run) -> tuple[list[Grid], tuple[str, ...]]:
    if _leads_out(run, "samples"):
        return [], ("samples is a link and is left out",)
    paths = grid_paths(run)
    chosen = thinned(sorted(paths), GRIDS)
    remarks = [f"{len(chosen)} of {len(paths)} sample grids are shown"] if len(chosen) < len(paths) else []
    grids = []
    for step in chosen:
        try:
            grids.append(Grid(step, pictures.read(paths[step])))
        except GanzooError as error:
            remarks.append(str(error))
    return grids, tuple(remarks)
