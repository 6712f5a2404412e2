"""A run of Weights & Biases for a run of GanZoo (documentation of wandb, "Track experiments")."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, final

from ganzoo.interfaces import End, TrackedTraining, Tracker
from ganzoo_trackers.book import Book
from ganzoo_trackers.packages import require


@final
class WeightsAndBiases(Tracker):
    """Figures and grids for Weights & Biases; offline, in the run's folder `wandb`."""

    ganzoo_api = 1

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Settings of `wandb`."""

        project: str = "ganzoo"
        """The project that the run belongs to."""
        entity: str | None = None
        """User or team that the project belongs to; none: your default."""
        mode: Literal["online", "offline"] | None = None
        """Whether it is sent while it trains; none: as the environment variable WANDB_MODE says."""

    def __init__(self, config: Config) -> None:
        require("wandb", "wandb")
        self._config = config
        self._run: Any = None

    def started(self, run: TrackedTraining) -> None:
        """Begins a run there, or goes on with the one that the run folder knows of."""
        import wandb

        self._book = Book(run.folder / "wandb")
        self._run = wandb.init(
            project=self._config.project,
            entity=self._config.entity,
            mode=self._config.mode,
            id=self._book.id,
            name=run.folder.resolve().name,
            resume="allow",
            dir=str(run.folder),
            config={section: dict(settings) for section, settings in run.configuration.items()},
            settings=wandb.Settings(console="off"),
        )
        self._book.write_down(run.first_step)

    def measured(self, step: int, images: int, figures: Mapping[str, float]) -> None:
        """Logs what is new at its step, and the images beside it."""
        if names := self._book.untold(step, figures):
            self._run.log({"images": images, **{name: figures[name] for name in names}}, step=step)
            self._book.write_down(step, names)

    def sampled(self, step: int, images: int, grid: Path) -> None:
        """Logs the grid."""
        import wandb

        if self._book.untold(step, ["grid"]):
            self._run.log({"grid": wandb.Image(str(grid))}, step=step)
            self._book.write_down(step, ["grid"])

    def ended(self, how: End) -> None:
        """Says how, and waits until everything is sent."""
        self._run.summary["ended"] = how
        self._run.finish(exit_code=0 if how in ("finished", "stopped") else 1)
