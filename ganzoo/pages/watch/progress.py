"""How far a training is, as its run folder tells: another process than this one trains."""

from __future__ import annotations

import shlex
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ganzoo.pages.report.history import History, is_number
from ganzoo.runs import lock
from ganzoo.text import count, duration

_WINDOW: Final = 300.0
"""Seconds of training that tell the speed."""

_DONE: Final = 0.9999
"""The share of a training from which on it is over: epochs are written with four digits."""


@dataclass(frozen=True)
class Progress:
    """How far a training is."""

    state: str
    """"training", "finished", "stopped" (in order, before its end), or "died" (killed, or a crash)."""
    share: float | None
    """Of the whole length, 0 to 1; None before the first line of losses."""
    words: str
    """The same for a person, with the time that is left."""


def progress_of(history: History, checkpoint_step: int | None) -> Progress:
    """How far the training of a run is.

    Args:
        history: the run, read just now.
        checkpoint_step: of its newest checkpoint; None where there is none.
    """
    share = _share(history, checkpoint_step)
    state = _state(history.path, share)
    said = [_NAMES[state], *_how_far(history, share, checkpoint_step)]
    if state == "training":
        left = _seconds_left(history, share)
        said.append(
            "no line of losses yet" if share is None else f"about {duration(left)} left" if left else ""
        )
    if state in ("stopped", "died"):
        said.append(f"to go on: ganzoo train --resume {shlex.quote(str(history.path))}")
    return Progress(state, share, "; ".join(filter(None, said)))


_NAMES: Final = {
    "training": "being trained",
    "finished": "finished",
    "stopped": "stopped before its end",
    "died": "died: its process was killed or crashed",
}


def _state(path: Path, share: float | None) -> str:
    if lock.is_held(path):
        return "training"
    if share is not None and share >= _DONE:
        return "finished"
    return "died" if lock.was_left(path) else "stopped"


def _last(history: History) -> Mapping[str, Any]:
    return history.lines[-1] if history.lines else {}


def _share(history: History, checkpoint_step: int | None) -> float | None:
    """Of `training.max_steps`, else of `training.epochs`."""
    last = _last(history)
    steps, epochs = (history.settings.get(f"training.{name}") for name in ("max_steps", "epochs"))
    if is_number(steps) and steps > 0 and (last or checkpoint_step is not None):
        return float(min(1.0, max(last.get("step", 0), checkpoint_step or 0) / steps))
    if is_number(epochs) and epochs > 0 and is_number(last.get("epoch")):
        return float(min(1.0, last["epoch"] / epochs))
    return None


def _how_far(history: History, share: float | None, checkpoint_step: int | None) -> Sequence[str]:
    last = _last(history)
    step = max(last.get("step", 0), checkpoint_step or 0)
    total = f" of about {round(last['step'] / share):,}" if share and last and share < 1 else ""
    if isinstance(steps := history.settings.get("training.max_steps"), int):
        total = f" of {steps:,}"
    said = [f"step {step:,}{total}" if total else count(step, "step")]
    if is_number(last.get("epoch")):
        said.append(f"epoch {last['epoch']:.2f}")
    if is_number(last.get("seconds")):
        said.append(f"{duration(last['seconds'])} gone")
    return [", ".join(said)] if step or last else []


def _seconds_left(history: History, share: float | None) -> float | None:
    """Until the end, going by the last minutes; None where nothing tells."""
    timed = [line for line in history.lines if is_number(line.get("seconds"))]
    if not timed or not share:
        return None
    last = timed[-1]
    start = next((line for line in timed if last["seconds"] - line["seconds"] <= _WINDOW), last)
    if start is last:  # a line in many minutes: all of the training tells
        start = timed[-2] if len(timed) > 1 else {"step": 0, "seconds": 0.0}
    steps, seconds = last["step"] - start["step"], last["seconds"] - start["seconds"]
    if steps <= 0 or seconds <= 0:
        return None
    left = (last["step"] / share - last["step"]) * seconds / steps
    try:
        age = time.time() - (history.path / "metrics.jsonl").stat().st_mtime
    except OSError:
        age = 0.0
    return float(max(left - max(age, 0.0), 1.0))
