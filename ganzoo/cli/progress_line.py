"""What is said of a training's progress: a line that fits any width, and how long the whole will take."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from ganzoo.cli.status_line import Columns
from ganzoo.text import count, duration, rough_duration, significant
from ganzoo.training.observer import TrainingStart
from ganzoo.training.pace import FIRST_GRID

_LONG: Final = 20 * 60.0
"""Seconds from which on a shorter training is proposed."""

_SITTING: Final = 3600.0
"""Seconds that the proposed training takes at most, where one epoch takes no more."""

_EPOCHS: Final = (200, 100, 50, 20, 10, 5, 2, 1)


def columns(start: TrainingStart, metrics: Mapping[str, Any]) -> Columns:
    """The columns of a progress line: what a person waits for has the lowest rank.

    Args:
        start: of the training, with its pace.
        metrics: the newest line of losses; empty before the first.
    """
    pace, step = start.pace, max(start.pace.step, metrics.get("step", 0))
    found = [(1, f"step {step:,}/{start.total_steps:,}")]
    if metrics:
        found += [
            (3, f"epoch {metrics['epoch']:.2f}"),
            (4, f"{metrics['images_per_second']:,.0f} images/s"),
            (5, losses(metrics)),
        ]
        found += [(6, f"MFU {metrics['mfu']:.1%}")] if "mfu" in metrics else []
    found.append((2, f"{duration(pace.seconds)} gone"))
    if pace.seconds_left is not None and step < start.total_steps:
        found.append((0, f"{duration(pace.seconds_left)} left"))
    return found


def losses(metrics: Mapping[str, Any]) -> str:
    """Both losses of a metrics line."""
    return "  ".join(
        f"{player} {_short(metrics[f'{player}_loss'])}" for player in ("discriminator", "generator")
    )


def _short(loss: float) -> str:
    return f"{loss:.3f}" if abs(loss) < 1000 else f"{loss:.2e}"


def plan(start: TrainingStart) -> str:
    """How long the training is, and how long that takes here, as far as its first steps tell."""
    pace = start.pace.seconds_per_step
    assert pace is not None, "two steps have been taken"
    steps = start.total_steps - start.first_step
    seconds = steps * pace
    said = [_length(start)]
    if start.first_step == 0:
        said.append(f"first picture in about {rough_duration(_first_picture(start, pace))}")
    besides = ", evaluations not counted" if start.evaluate_every else ""
    measured = count(start.pace.measured[0], "step")
    said.append(f"about {rough_duration(seconds)} here, going by {measured}{besides}")
    if seconds > _LONG and start.first_step == 0:
        said += _shorter(start, pace)
    return "; ".join(said)


def _length(start: TrainingStart) -> str:
    epochs, rest = divmod(start.total_steps, start.steps_per_epoch)
    if start.first_step:
        return f"{start.total_steps - start.first_step:,} of {start.total_steps:,} steps to go"
    if rest:
        share = significant(start.total_steps / start.steps_per_epoch, 2)
        return f"{count(start.total_steps, 'step')}, {share} epochs of {start.steps_per_epoch:,}"
    total = f", {start.total_steps:,} steps" if epochs > 1 else ""
    return f"{count(epochs, 'epoch')} of {count(start.steps_per_epoch, 'step')}{total}"


def _first_picture(start: TrainingStart, pace: float) -> float:
    by_steps = min(start.sample_every or start.steps_per_epoch, start.total_steps) * pace
    return by_steps if start.sample_every else min(by_steps, max(FIRST_GRID, pace))


def _shorter(start: TrainingStart, pace: float) -> Iterator[str]:
    """A length that fits into an hour."""
    epoch = start.steps_per_epoch * pace
    for epochs in _EPOCHS:
        if epochs * epoch <= _SITTING and epochs * start.steps_per_epoch < start.total_steps:
            yield f"--epochs {epochs} takes {rough_duration(epochs * epoch)}"
            return
    steps = int(_SITTING / pace)
    digits = 10 ** (len(str(steps)) - 1)
    if 0 < steps < start.total_steps:
        steps = steps // digits * digits
        yield f"--max-steps {steps} takes {rough_duration(steps * pace)}"
