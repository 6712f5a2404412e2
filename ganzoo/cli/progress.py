"""Shows a training as it goes: a live bar on a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import logging
import shlex
import sys
import textwrap
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.live import Live
from rich.logging import RichHandler

from ganzoo.cli.progress_line import columns, plan
from ganzoo.cli.status_line import Columns, StatusLine
from ganzoo.text import count, printable, printable_lines
from ganzoo.training.observer import Observer, TrainingStart

_PLAIN_SECONDS: Final = 5.0
"""Between two plain lines of losses, at least."""

_SILENCE: Final = 30.0
"""Seconds after which a plain line comes without losses, where the next losses take long."""

_MEASURED: Final = ((5, 2.0), (2, 60.0))
"""Steps and seconds that must be measured before something is said of all; the second pair for slow steps."""

_CLASSES: Final = 3
"""Classes that are named before a training."""

_LABEL: Final = 10
"""Width of the words on the left."""

_PATHS: Final = ("run", "grids")
"""Labels of what must stay in one piece to be copied."""


@contextmanager
def progress() -> Iterator[Observer]:
    """An observer that reports to stderr in the way that suits it."""
    with logging_to_stderr() as console:
        if console.is_terminal and not console.is_dumb_terminal:
            shown = LiveProgress(console)
            with Live(shown.line, console=console, refresh_per_second=4):
                yield shown
        else:
            yield PlainProgress()


@contextmanager
def logging_to_stderr() -> Iterator[Console]:
    """Shows what GanZoo and its plugins log; gives the console that shows it."""
    console = Console(stderr=True, highlight=False, markup=False, emoji=False)
    handler: logging.Handler
    if console.is_terminal and not console.is_dumb_terminal:
        handler = RichHandler(
            console=console, show_path=False, show_level=False, show_time=False, markup=False
        )
    else:  # where nothing has a width, nothing is filled up with spaces or wrapped
        handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Printable("%(message)s"))
    logger = logging.getLogger("ganzoo")
    previous_level = logger.level
    logger.setLevel(logging.INFO)
    logger.addHandler(handler)
    try:
        yield console
    finally:
        logger.removeHandler(handler)
        logger.setLevel(previous_level)


class _Printable(logging.Formatter):
    """Messages fit for a terminal: they may quote the names of a stranger's files."""

    def format(self, record: logging.LogRecord) -> str:
        """The message without control characters."""
        return printable_lines(super().format(record))


def describe_start(start: TrainingStart) -> list[tuple[str, str]]:
    """What is about to be trained: a label and what it is, line by line."""
    processes = f", {start.processes} processes" if start.processes > 1 else ""
    return [
        ("run", str(start.run.path)),
        ("grids", str(start.run.samples)),
        (
            "networks",
            f"generator {start.generator_parameters:,} parameters, "
            f"discriminator {start.discriminator_parameters:,}",
        ),
        (
            "images",
            f"{start.num_images:,} of {start.image}, {count(start.steps_per_epoch, 'step')} an epoch",
        ),
        *([("classes", _classes(start.class_counts))] if len(start.class_counts) > 1 else []),
        *([("from", start.inherited)] if start.inherited else []),
        ("device", f"{start.device}, matrix products in {start.precision}{processes}"),
        *([("finished", _how_to_extend(start))] if start.first_step >= start.total_steps else []),
    ]


def _classes(counts: Mapping[str, int]) -> str:
    """How many there are, and the images of the first of them."""
    shown = [f"{printable(name, 80)} {number:,}" for name, number in islice(counts.items(), _CLASSES)]
    more = [f"{len(counts) - _CLASSES:,} more"] if len(counts) > _CLASSES else []
    return f"{len(counts):,}: {', '.join(shown + more)}"


def _how_to_extend(start: TrainingStart) -> str:
    """What is said of a run whose every step is taken already."""
    epochs, rest = divmod(start.total_steps, start.steps_per_epoch)
    longer = f"--max-steps {2 * start.total_steps}" if rest else f"--epochs {2 * epochs}"
    command = f"ganzoo train --resume {shlex.quote(str(start.run.path))} {longer}"
    return f"{count(start.total_steps, 'step')} of {start.total_steps:,} taken; to go on: {command}"


class LiveProgress:
    """A line that redraws itself."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._start: TrainingStart | None = None
        self._metrics: Mapping[str, Any] = {}
        self.line: Final = StatusLine(self._columns, self._progress)

    def _columns(self) -> Columns:
        return () if self._start is None else columns(self._start, self._metrics)

    def _progress(self) -> tuple[float, float]:
        return (0, 1) if self._start is None else (self._start.pace.step, self._start.total_steps)

    def started(self, start: TrainingStart) -> None:
        """Prints what is trained, and shows the line."""
        for label, text in describe_start(start):
            self._say(label, text)
        start.pace.follow(_once_measured(start, lambda: self._say("plan", plan(start))))
        self._start = start

    def progressed(self, metrics: Mapping[str, Any]) -> None:
        """Shows the losses; how far the training is, the line asks by itself."""
        self._metrics = metrics

    def sampled(self, path: Path) -> None:
        """Nothing: the start has said where the grids are."""

    def warned(self, message: str) -> None:
        """Says what is wrong."""
        self._say("warning", message, "yellow")

    def _say(self, label: str, text: str, style: str | None = None) -> None:
        wrapped = _wrapped(label, text, self._console.width)
        self._console.print(wrapped, style=style, markup=False, soft_wrap=True)


class PlainProgress:
    """A line every few seconds, for files and pipes."""

    def __init__(self) -> None:
        self._start: TrainingStart | None = None
        self._last = -_PLAIN_SECONDS

    def started(self, start: TrainingStart) -> None:
        """Prints what is trained."""
        self._start, self._last = start, time.monotonic() - _PLAIN_SECONDS
        for label, text in describe_start(start):
            self._say(label, text)
        start.pace.follow(_once_measured(start, lambda: self._say("plan", plan(start))))
        start.pace.follow(self._break_silence)

    def progressed(self, metrics: Mapping[str, Any]) -> None:
        """Prints a line unless one was printed just now."""
        is_last = self._start is not None and metrics["step"] == self._start.total_steps
        if is_last or time.monotonic() - self._last >= _PLAIN_SECONDS:
            self._print_line(metrics)

    def sampled(self, path: Path) -> None:
        """Nothing: the start has said where the grids are."""

    def warned(self, message: str) -> None:
        """Says what is wrong."""
        self._say("warning", message)

    def _break_silence(self) -> None:
        if time.monotonic() - self._last >= _SILENCE:
            self._print_line({})

    def _print_line(self, metrics: Mapping[str, Any]) -> None:
        if self._start is not None:
            self._last = time.monotonic()
            self._print("  ".join(text for _rank, text in columns(self._start, metrics)))

    def _say(self, label: str, text: str) -> None:
        self._print(f"{label:<{_LABEL}}{text}")

    @staticmethod
    def _print(text: str) -> None:
        print(text, file=sys.stderr, flush=True)


def _once_measured(start: TrainingStart, say: Callable[[], object]) -> Callable[[], None]:
    """Says something once, as soon as the first steps tell how fast the training is."""
    is_said = False

    def follow() -> None:
        nonlocal is_said
        steps, seconds = start.pace.measured
        if not is_said and any(steps >= least and seconds >= filled for least, filled in _MEASURED):
            is_said = True
            say()

    return follow


def _wrapped(label: str, text: str, width: int) -> str:
    """A label and a text below itself, wrapped between words; a path is left whole."""
    if label in _PATHS:
        return f"{label:<{_LABEL}}{text}"
    lines = textwrap.wrap(text, max(width - _LABEL, 1), break_long_words=False, break_on_hyphens=False)
    return f"{label:<{_LABEL}}" + f"\n{'':<{_LABEL}}".join(lines)
