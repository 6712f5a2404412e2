"""The schedule: how learning rates, the penalty's weight and all else that moves follow the images seen."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from torch import Tensor
from torch.optim import Optimizer

from ganzoo.engine.average import decay_of
from ganzoo.engine.players import Players
from ganzoo.settings.training import TrainingSettings

_FACTORS: Final[Mapping[str, Callable[[float], float]]] = {
    "constant": lambda _: 1.0,
    "linear": lambda progress: 1.0 - progress,
    "cosine": lambda progress: (1.0 + math.cos(math.pi * progress)) / 2.0,
}


class Scheduled(NamedTuple):
    """What a schedule says of one step."""

    learning_rate_share: float
    """Share of both learning rates."""
    left: float
    """How far the optimiser's other numbers still are from their final ones: 1 at first, 0 at the end."""
    penalty_share: float
    """Share of the regularisation's penalty."""
    average_decay: float
    """Share of itself that the average keeps at the step's end; 0 where there is no average."""


def factor(schedule: str, images_seen: int, length: int) -> float:
    """How far a scheduled value still is from its final value: 1 at the beginning, falling to 0.

    Args:
        schedule: `constant`, which stays at 1, `linear` or `cosine`.
        images_seen: real images shown so far.
        length: images after which the result is 0, and stays so.
    """
    return _FACTORS[schedule](min(1.0, images_seen / length))


def between(first: float, final: float, left: float) -> float:
    """The value that has `left` of its way from the first to the final one before it."""
    return final + (first - final) * left


def scheduled(settings: TrainingSettings, images_seen: int, length: int) -> Scheduled:
    """The values of a step before which `images_seen` real images were shown.

    Args:
        settings: first and final values, and the schedule between them.
        images_seen: all that former steps have shown, over all processes.
        length: images of the schedule, as in `factor`.
    """
    left = factor(settings.schedule, images_seen, length)
    half_life, final_half_life = settings.average_half_life, settings.final_average_half_life
    if half_life is not None:
        half_life = half_life if final_half_life is None else between(half_life, final_half_life, left)
        if settings.average_ramp is not None:
            half_life = min(half_life, settings.average_ramp * images_seen)
    return Scheduled(
        learning_rate_share=between(1.0, settings.final_learning_rate_share, left),
        left=left,
        penalty_share=between(1.0, settings.final_penalty_share, left),
        average_decay=0.0 if half_life is None else decay_of(half_life, settings.images_per_step),
    )


def apply_schedule(players: Players, settings: TrainingSettings, now: Scheduled) -> None:
    """Sets learning rates, what else moves in the optimisers, and the penalty's weight to what they are now;
    nothing else sets them.
    """
    for player, rate in (
        (players.generator, settings.learning_rate),
        (players.discriminator, settings.rate_of_discriminator),
    ):
        set_learning_rate(player.optimizer, now.learning_rate_share * rate)
        for name, final in player.final_numbers.items():
            value = _number_between(player.optimizer.defaults[name], final, now.left)
            for group in player.optimizer.param_groups:
                group[name] = value
    players.penalty_share.fill_(now.penalty_share)


def _number_between(first: Any, final: Any, left: float) -> Any:
    """`between` of two numbers, or of each pair in two tuples."""
    if isinstance(final, tuple):
        return tuple(between(*pair, left) for pair in zip(first, final, strict=True))
    return between(first, final, left)


def set_learning_rate(optimizer: Optimizer, learning_rate: float) -> None:
    """Sets the step size of the next update."""
    for group in optimizer.param_groups:
        if isinstance(group["lr"], Tensor):
            group["lr"].fill_(learning_rate)
        else:
            group["lr"] = learning_rate
