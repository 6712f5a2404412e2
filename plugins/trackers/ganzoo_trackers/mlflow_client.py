"""A run of an MLflow tracking store for a run of GanZoo (documentation of MLflow, "MlflowClient")."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, final

from ganzoo.interfaces import End, TrackedTraining, Tracker
from ganzoo_trackers.book import Book
from ganzoo_trackers.packages import require

_STATUS: Final[Mapping[End, str]] = {
    "finished": "FINISHED",
    "stopped": "KILLED",
    "diverged": "FAILED",
    "failed": "FAILED",
}

_MOST_AT_ONCE: Final = 100
"""Settings that MLflow takes in one call."""

_LONGEST: Final = 500
"""Characters that every version of MLflow takes as the value of a setting."""


@final
class MLflow(Tracker):
    """Figures, settings and grids for an MLflow tracking store."""

    ganzoo_api = 1

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Settings of `mlflow`."""

        experiment: str = "ganzoo"
        """The experiment that the run belongs to; it is made where there is none."""
        store: str | None = None
        """Address of the tracking store; none: as MLFLOW_TRACKING_URI says, or MLflow's default."""

    def __init__(self, config: Config) -> None:
        require("mlflow", "mlflow")
        self._config = config
        self._client: Any = None
        self._run_id = ""

    def started(self, run: TrackedTraining) -> None:
        """Begins a run there, or goes on with the one that the run folder knows of."""
        from mlflow import MlflowClient

        self._client = MlflowClient(tracking_uri=self._config.store)
        self._book = Book(run.folder / "mlflow")
        if not self._book.is_new:
            self._run_id = self._book.id
            self._client.update_run(self._run_id, status="RUNNING")
            return
        name = self._config.experiment
        found = self._client.get_experiment_by_name(name)
        experiment = self._client.create_experiment(name) if found is None else found.experiment_id
        made = self._client.create_run(experiment, run_name=run.folder.resolve().name)
        self._run_id = self._book.id = made.info.run_id
        self._book.write_down(run.first_step)
        self._log_settings(run.configuration)

    def _log_settings(self, configuration: Mapping[str, Mapping[str, Any]]) -> None:
        from mlflow.entities import Param

        settings = [
            Param(_allowed(f"{section}.{key}"), str(value)[:_LONGEST])
            for section, table in configuration.items()
            for key, value in table.items()
        ]
        for part in _parts(settings):
            self._client.log_batch(self._run_id, params=part)

    def measured(self, step: int, images: int, figures: Mapping[str, float]) -> None:
        """Logs what is new at its step, and the images beside it."""
        from mlflow.entities import Metric

        if names := self._book.untold(step, figures):
            now = int(1000 * time.time())
            told = {"images": images, **{name: figures[name] for name in names}}
            metrics = [Metric(_allowed(name), float(value), now, step) for name, value in told.items()]
            self._client.log_batch(self._run_id, metrics=metrics)
            self._book.write_down(step, names)

    def sampled(self, step: int, images: int, grid: Path) -> None:
        """Logs the grid's file."""
        if self._book.untold(step, ["grid"]):
            self._client.log_artifact(self._run_id, str(grid), artifact_path="samples")
            self._book.write_down(step, ["grid"])

    def ended(self, how: End) -> None:
        """Says how."""
        self._client.set_tag(self._run_id, "ended", how)
        self._client.set_terminated(self._run_id, status=_STATUS[how])


def _parts(settings: list[Any]) -> Iterator[list[Any]]:
    for first in range(0, len(settings), _MOST_AT_ONCE):
        yield settings[first : first + _MOST_AT_ONCE]


def _allowed(name: str) -> str:
    """A name with characters that MLflow allows: `frechet-distance (classifier)` loses its brackets."""
    return re.sub(r"[^\w\-. :/]+", "", name)
