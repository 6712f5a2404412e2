"""What a run folder says of its training: settings, environment, metrics, sample grids."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from ganzoo.errors import GanzooError
from ganzoo.pages.report import pictures
from ganzoo.pages.report.pictures import Picture
from ganzoo.runs import checkpoints
from ganzoo.runs.folder import Run, open_run, read_configuration
from ganzoo.settings.configuration import NAME
from ganzoo.text import printable

GRIDS: Final = 32
"""The most sample grids of a run in a page: each takes some 50 to 200 kB."""

POINTS: Final = 1000
"""The most lines of a run that its curves are drawn from; a screen has no more columns."""

Item = TypeVar("Item")


@dataclass(frozen=True)
class Grid:
    """The sample grid of a step."""

    step: int
    picture: Picture


@dataclass(frozen=True, kw_only=True)
class History:
    """A run as its folder records it. Texts and numbers may be a stranger's."""

    path: Path
    name: str
    """What the page calls it."""
    settings: Mapping[str, Any]
    environment: Mapping[str, Any]
    lines: Sequence[Mapping[str, Any]]
    """Losses and readings through time, thinned to `POINTS`."""
    num_lines: int
    """How many there were."""
    evaluations: Sequence[Mapping[str, Any]]
    warnings: Sequence[Mapping[str, Any]]
    """What the training was warned of, with the step."""
    grids: Sequence[Grid]
    """Thinned to `GRIDS`."""
    class_names: tuple[str, ...]
    """One a row of the grids; empty where the model is unconditional or has no checkpoint yet."""
    remarks: tuple[str, ...]
    """What could not be read, and what was left out."""

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


def read(path: Path, name: str) -> History:
    """Reads a run folder.

    Raises:
        UsageError: it is none, or its configuration can't be read.
        GanzooError: its metrics are damaged.
    """
    run = open_run(path)
    lines = _metrics(run)
    losses = [line for line in lines if line["kind"] == "losses"]
    grids, remarks = _grids(run)
    return History(
        path=path,
        name=name,
        settings=read_configuration(run),
        environment=_environment(run),
        lines=thinned(losses, POINTS),
        num_lines=len(losses),
        evaluations=[line for line in lines if isinstance(line.get("evaluation"), dict)],
        warnings=[line for line in lines if line["kind"] == "warning"],
        grids=grids,
        class_names=_class_names(run),
        remarks=remarks,
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


def is_number(value: Any) -> bool:
    """Whether this is a finite number, as curves and tables take it; JSON has whole ones beyond measure."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300


def _metrics(run: Run) -> list[dict[str, Any]]:
    try:
        lines = run.read_metrics()
    except (TypeError, ValueError, RecursionError):
        raise GanzooError(f"{run.metrics} is damaged: a line is no JSON object") from None
    return [line for line in lines if is_number(line.get("step"))]


def _environment(run: Run) -> dict[str, Any]:
    try:
        return dict(json.loads((run.path / "env.json").read_text(encoding="utf-8")))
    except (OSError, TypeError, ValueError, RecursionError):
        return {}


def _class_names(run: Run) -> tuple[str, ...]:
    try:
        names = checkpoints.read_metadata(run.latest_checkpoint())["class_names"]
        return tuple(printable(str(name)) for name in names)
    except (GanzooError, KeyError, TypeError):
        return ()


def _grids(run: Run) -> tuple[list[Grid], tuple[str, ...]]:
    paths = {
        int(number): path
        for path in run.samples.glob("step-*.png")
        if (number := path.stem.removeprefix("step-")).isdecimal()
    }
    chosen = thinned(sorted(paths), GRIDS)
    remarks = [f"{len(chosen)} of {len(paths)} sample grids are shown"] if len(chosen) < len(paths) else []
    grids = []
    for step in chosen:
        try:
            grids.append(Grid(step, pictures.read(paths[step])))
        except GanzooError as error:
            remarks.append(str(error))
    return grids, tuple(remarks)
