"""Shows a training as it goes: a live bar on a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.logging import RichHandler
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from ganzoo.text import printable_lines
from ganzoo.training.observer import Observer, TrainingStart

_PLAIN_SECONDS = 5.0


@contextmanager
def progress() -> Iterator[Observer]:
    """An observer that reports to stderr in the way that suits it."""
    with logging_to_stderr() as console:
        if console.is_terminal and not console.is_dumb_terminal:
            with _bar(console) as bar:
                yield LiveProgress(console, bar)
        else:
            yield PlainProgress()


@contextmanager
def logging_to_stderr() -> Iterator[Console]:
    """Shows what GanZoo and its plugins log; gives the console that shows it."""
    console = Console(stderr=True, highlight=False, markup=False, emoji=False)
    handler = RichHandler(console=console, show_path=False, show_level=False, show_time=False, markup=False)
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


def _bar(console: Console) -> Progress:
    return Progress(
        TextColumn("step {task.completed:,.0f}/{task.total:,.0f}"),
        BarColumn(bar_width=None),
        TextColumn("{task.fields[figures]}", markup=False),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        console=console,
    )


def describe_start(start: TrainingStart) -> str:
    """What is about to be trained, in one line each."""
    return (
        f"run       {start.run.path}\n"
        f"grids     {start.run.samples}\n"
        f"networks  generator {start.generator_parameters:,} parameters, "
        f"discriminator {start.discriminator_parameters:,}\n"
        f"images    {start.num_images:,} of {start.image}, {start.steps_per_epoch:,} steps an epoch\n"
        f"device    {start.device}, matrix products in {start.precision}"
        + (f", {start.processes} processes" if start.processes > 1 else "")
    )


def figures(metrics: Mapping[str, Any]) -> str:
    """The figures of a metrics line in words."""
    return (
        f"epoch {metrics['epoch']:.2f}  {metrics['images_per_second']:,.0f} images/s  "
        f"discriminator {metrics['discriminator_loss']:.3f}  generator {metrics['generator_loss']:.3f}"
    )


class LiveProgress:
    """A bar that redraws itself."""

    def __init__(self, console: Console, bar: Progress) -> None:
        self._console = console
        self._bar = bar
        self._task: TaskID | None = None

    def started(self, start: TrainingStart) -> None:
        """Prints the plan and starts the bar."""
        self._console.print(describe_start(start), markup=False, soft_wrap=True)
        self._task = self._bar.add_task(
            "train", total=start.total_steps, completed=start.first_step, figures=""
        )

    def progressed(self, metrics: Mapping[str, Any]) -> None:
        """Moves the bar."""
        if self._task is not None:
            self._bar.update(self._task, completed=metrics["step"], figures=figures(metrics))

    def sampled(self, path: Path) -> None:
        """Nothing: the plan has said where the grids are."""

    def warned(self, message: str) -> None:
        """Says what is wrong."""
        self._console.print(f"warning   {message}", style="yellow", markup=False, soft_wrap=True)


class PlainProgress:
    """A line every few seconds, for files and pipes."""

    def __init__(self) -> None:
        self._total = self._first = 0
        self._began = 0.0
        self._last = -_PLAIN_SECONDS

    def started(self, start: TrainingStart) -> None:
        """Prints the start."""
        self._total = start.total_steps
        self._first = start.first_step
        self._began = time.monotonic()
        self._print(describe_start(start))

    def progressed(self, metrics: Mapping[str, Any]) -> None:
        """Prints a line unless one was printed just now."""
        now = time.monotonic()
        step = metrics["step"]
        if now - self._last < _PLAIN_SECONDS and step < self._total:
            return
        self._last = now
        left = (now - self._began) / (step - self._first) * (self._total - step)
        self._print(f"step {step}/{self._total}  {figures(metrics)}  {left:.0f} s left")

    def sampled(self, path: Path) -> None:
        """Nothing: the plan has said where the grids are."""

    def warned(self, message: str) -> None:
        """Says what is wrong."""
        self._print(f"warning   {message}")

    @staticmethod
    def _print(text: str) -> None:
        print(text, file=sys.stderr, flush=True)
