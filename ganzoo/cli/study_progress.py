"""Shows a study as it is trained: what has ended, and on a terminal a line that says how far the rest is."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Final

from rich.console import Console
from rich.live import Live

from ganzoo.cli import streams
from ganzoo.cli.output import note
from ganzoo.cli.status_line import Columns, StatusLine
from ganzoo.errors import GanzooError
from ganzoo.runs.folder import Run
from ganzoo.runs.metrics import step_of
from ganzoo.settings.configuration import RUN, TRAINING, parse_file
from ganzoo.study.folder import StudyFolder
from ganzoo.study.queue import Queue
from ganzoo.text import duration, printable_lines

_EVERY: Final = 2.0
"""Seconds between two looks at the study's files."""


@contextmanager
def progress(folder: StudyFolder) -> Iterator[Callable[[str], None]]:
    """What tells of a study while its workers train; a terminal shows a live line below what is told."""
    console = Console(stderr=True, highlight=False, markup=False, emoji=False)
    if not console.is_terminal or console.is_dumb_terminal:
        yield note
        return

    def tell(text: str) -> None:
        console.print(streams.between_words(printable_lines(text), sys.stderr), soft_wrap=True)

    with Live(StudyLine(folder).line, console=console, refresh_per_second=2, transient=True):
        yield tell


class StudyLine:
    """How far a study is, read from its files, so that the work of other workers counts as well."""

    def __init__(self, folder: StudyFolder) -> None:
        design = folder.read().design
        self._folder, self._queue = folder, Queue(folder, design)
        self._total = design.trials or len(self._queue.entries())
        self._began = self._looked = time.monotonic()
        self._ended, self._shares = 0, 0.0
        self._running: tuple[str, ...] = ()
        self._look()
        self._first = self._done
        self.line: Final = StatusLine(self._columns, lambda: (self._done, self._total))

    @property
    def _done(self) -> float:
        """Trainings that have ended, with the shares of those under way."""
        return self._ended + self._shares

    def _look(self) -> None:
        entries = self._queue.entries()
        running = [entry for entry in entries if entry.state == "running"]
        self._ended = sum(entry.state not in ("waiting", "running") for entry in entries)
        self._running = tuple(entry.name for entry in running)
        self._shares = sum(share_of(self._folder.run(entry.name)) for entry in running)

    def _columns(self) -> Columns:
        now = time.monotonic()
        if now - self._looked >= _EVERY:
            self._looked = now
            with suppress(GanzooError, OSError):  # the workers say what is wrong
                self._look()
        texts = [(1, f"{self._ended} of {self._total} trained")]
        if self._running:
            more = f" and {len(self._running) - 1} more" if len(self._running) > 1 else ""
            texts.append((3, f"now {self._running[0]}{more}"))
        texts.append((2, f"{duration(now - self._began)} gone"))
        if self._done > self._first:
            pace = (now - self._began) / (self._done - self._first)
            texts.append((0, f"about {duration(pace * (self._total - self._done))} left"))
        return texts


def share_of(run: Run) -> float:
    """How much of a training is done, from 0 to 1: of its steps or of its time, whichever ends it."""
    if not run.metrics.is_file():
        return 0.0
    losses = run.read_metrics("losses")
    if not losses:
        return 0.0
    settings = parse_file(run.path / "config.json")
    done = {
        f"{TRAINING}.max_steps": step_of(losses[-1]),
        f"{RUN}.max_seconds": losses[-1].get("seconds"),
        f"{RUN}.max_processor_seconds": losses[-1].get("processor_seconds"),
    }
    shares = [
        reached / end
        for key, reached in done.items()
        if isinstance(end := settings.get(key), int | float) and isinstance(reached, int | float) and end > 0
    ]
    return min(1.0, max(shares, default=0.0))
