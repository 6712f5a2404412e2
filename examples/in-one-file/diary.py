"""A tracker: a page that shows how the images came, and how far the losses were."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from ganzoo.interfaces import End, TrackedTraining, Tracker


class Diary(Tracker):
    """A page of Markdown with every grid and what was measured before it, in the run's folder `diary`."""

    ganzoo_api = 1

    def __init__(self, config: object) -> None:
        self._page = Path()

    def started(self, run: TrackedTraining) -> None:
        """Begins the page, or says that it goes on."""
        self._page = run.folder / "diary" / "README.md"
        self._page.parent.mkdir(exist_ok=True)
        model, dataset = (run.configuration.get(part, {}).get("name", "?") for part in ("model", "dataset"))
        again = f"Going on from step {run.first_step}."
        self._add(again if self._page.exists() else f"# {model} on {dataset}")

    def measured(self, step: int, images: int, figures: Mapping[str, float]) -> None:
        """Adds a line of numbers."""
        self._add(
            f"{images:,} images: " + ", ".join(f"{name} {value:.3g}" for name, value in figures.items())
        )

    def sampled(self, step: int, images: int, grid: Path) -> None:
        """Adds a picture."""
        shutil.copy(grid, self._page.parent)
        self._add(f"![after {images:,} images]({grid.name})")

    def ended(self, how: End) -> None:
        """Adds how it ended."""
        self._add(f"It {how}." if how in ("finished", "diverged", "failed") else "It was stopped.")

    def _add(self, paragraph: str) -> None:
        with self._page.open("a", encoding="utf-8") as page:
            page.write(f"{paragraph}\n\n")
