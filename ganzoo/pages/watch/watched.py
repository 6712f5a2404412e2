"""The runs that a page watches: read again where a file has changed; what is half written is no error."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from ganzoo.errors import GanzooError, UsageError
from ganzoo.pages.report import curves, history, pictures
from ganzoo.pages.report.history import History
from ganzoo.pages.watch.progress import progress_of
from ganzoo.runs.checkpoints import by_step
from ganzoo.runs.folder import Run, open_run

_SHOWN: Final = 200
"""The most steps whose grids are offered, evenly spaced."""


class Watcher:
    """Looks at one run folder, which another process may be writing.

    Args:
        path: the folder.
        name: what the page calls it.

    Raises:
        UsageError: it is no run folder.
    """

    def __init__(self, path: Path, name: str) -> None:
        self._run: Run = open_run(path)
        self._name = name
        self._read: tuple[object, History] | None = None

    def history(self) -> History:
        """What the folder records; read again where its files have changed.

        Raises:
            GanzooError: a file is damaged.
        """
        signature = [_signature(self._run.path / name) for name in ("config.json", "metrics.jsonl", "latest")]
        if self._read is None or self._read[0] != signature:
            self._read = signature, history.read(self._run.path, self._name, with_grids=False)
        return self._read[1]

    def describe(self) -> dict[str, Any]:
        """How far it is, and what there is to see of it, as JSON can say it."""
        described: dict[str, Any] = {"name": self._name, "grids": history.thinned(self.grids(), _SHOWN)}
        try:
            read = self.history()
        except GanzooError as error:
            return described | _UNKNOWN | {"words": str(error)}
        progress = progress_of(read, max(by_step(self._run.checkpoints), default=None))
        return described | {
            "state": progress.state,
            "share": progress.share,
            "words": progress.words,
            "class_names": list(read.class_names),
            "lines": read.num_lines + len(read.evaluations),
            "warnings": [f"step {each.step:,}: {each.message}" for each in read.warnings],
        }

    def grids(self) -> list[int]:
        """The steps that have a sample grid, in order."""
        return sorted(history.grid_paths(self._run))

    def grid(self, step: int) -> str:
        """The sample grid of a step as a data URI.

        Raises:
            UsageError: there is none.
            GanzooError: it is not whole.
        """
        path = history.grid_paths(self._run).get(step)
        if path is None:
            raise UsageError(f"{self._name} has no grid of step {step:,}")
        return pictures.read(path).uri


_UNKNOWN: Final[dict[str, Any]] = {
    "state": "unknown",
    "share": None,
    "class_names": [],
    "lines": 0,
    "warnings": [],
}


class Watched:
    """Some runs, side by side.

    Args:
        paths: their folders.

    Raises:
        UsageError: one is no run folder.
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        names = history.names_of(paths)
        self.runs = [Watcher(path, name) for path, name in zip(paths, names, strict=True)]

    def charts(self) -> list[dict[str, Any]]:
        """The curves of all runs whose files can be read, as the page's script takes them."""
        read = []
        for run in self.runs:
            try:
                read.append(run.history())
            except GanzooError:
                continue  # `describe` says why
        return [chart.to_json() for chart in curves.draw(read)]


def _signature(path: Path) -> object:
    """What changes with a file."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns
