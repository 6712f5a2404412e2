"""Trackers of a training: they are told of it, and nothing that they do changes or ends it."""

from __future__ import annotations

import contextlib
import random
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ganzoo.errors import DivergedError, GanzooError
from ganzoo.interfaces import End, TrackedTraining, Tracker
from ganzoo.plugins.importing import cause_of
from ganzoo.settings.binding import Bound
from ganzoo.torch_state import own_torch_state
from ganzoo.training.interruption import InterruptedTraining


class Tracking:
    """Tells the trackers of a training of it. One that fails is named once, and told no more.

    Args:
        trackers: the plugins, bound.
        images_per_step: real images that a step shows.
        device: where the training runs.
        warn: tells the user.

    Raises:
        GanzooError: a tracker refuses: what it needs is missing.
    """

    def __init__(
        self,
        trackers: Sequence[Bound],
        images_per_step: int,
        device: torch.device,
        warn: Callable[[str], None],
    ) -> None:
        self._images_per_step, self._device, self._warn = images_per_step, device, warn
        self._trackers: dict[str, Tracker] = {}
        self._is_started = False
        for bound in trackers:
            try:
                with self._undisturbed():
                    self._trackers[bound.plugin.name] = bound.make()
            except GanzooError:
                raise
            except (Exception, SystemExit) as error:
                self._leave_out(bound.plugin.name, error)

    def started(self, run: TrackedTraining) -> None:
        """The training begins, or goes on."""
        self._is_started = True
        self._tell(lambda tracker: tracker.started(run))

    def measured(self, line: Mapping[str, Any]) -> None:
        """A line of losses or of an evaluation has been written to metrics.jsonl."""
        step, evaluation = line["step"], line.get("evaluation", {})
        values = {name: figure["value"] for name, figure in evaluation.items()} or line
        figures = {
            name: float(value)
            for name, value in values.items()
            if isinstance(value, (int, float)) and name not in ("kind", "step")
        }
        self._tell(lambda tracker: tracker.measured(step, step * self._images_per_step, dict(figures)))

    def sampled(self, step: int, grid: Path) -> None:
        """A sample grid has been written."""
        self._tell(lambda tracker: tracker.sampled(step, step * self._images_per_step, grid))

    def ended(self, how: End) -> None:
        """The training is over; a second call, or one before the training has begun, says nothing."""
        if self._is_started:
            self._is_started = False
            self._tell(lambda tracker: tracker.ended(how))

    def _tell(self, call: Callable[[Tracker], None]) -> None:
        for name, tracker in list(self._trackers.items()):
            try:
                with self._undisturbed():
                    call(tracker)
            except (Exception, SystemExit) as error:  # a stranger's code may raise anything
                self._leave_out(name, error)

    def _leave_out(self, name: str, error: BaseException) -> None:
        self._trackers.pop(name, None)
        self._warn(f"the tracker {name} fails and is told no more; the run goes on: {cause_of(error)}")

    @contextmanager
    def _undisturbed(self) -> Iterator[None]:
        """Undoes what is done to random numbers, torch's settings, the working folder and the streams.

        Stdout is for the command's data.
        """
        drawn, drawn_by_numpy = random.getstate(), np.random.get_state()
        stderr, threads = sys.stderr, torch.get_num_threads()
        try:
            with (
                own_torch_state(self._device),
                contextlib.redirect_stdout(stderr),
                contextlib.chdir("."),  # comes back, since the run's folder may be a relative path
            ):
                yield
        finally:
            sys.stderr = stderr
            if torch.get_num_threads() != threads:
                torch.set_num_threads(threads)
            random.setstate(drawn)
            np.random.set_state(drawn_by_numpy)


@contextmanager
def tracked(
    trackers: Sequence[Bound], images_per_step: int, device: torch.device, warn: Callable[[str], None]
) -> Iterator[Tracking]:
    """What tells the trackers of the training inside, and in the end how it ended; see `Tracking`."""
    tracking = Tracking(trackers, images_per_step, device, warn)
    how: End = "failed"
    try:
        yield tracking
        how = "finished"
    except DivergedError:
        how = "diverged"
        raise
    except (InterruptedTraining, KeyboardInterrupt):
        how = "stopped"
        raise
    finally:
        tracking.ended(how)
