"""The schedule: how learning rates, beta2 and the penalty's weight change over a training."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Final

from torch import Tensor
from torch.optim import Optimizer

from ganzoo.engine.players import Players
from ganzoo.settings.training import TrainingSettings

_FACTORS: Final[Mapping[str, Callable[[float], float]]] = {
    "constant": lambda _: 1.0,
    "linear": lambda progress: 1.0 - progress,
    "cosine": lambda progress: (1.0 + math.cos(math.pi * progress)) / 2.0,
}


def factor(schedule: str, step: int, total_steps: int) -> float:
    """How far a scheduled value still is from its final value: 1 at step 0, falling to 0 at `total_steps`.

    Args:
        schedule: `constant`, which stays at 1, `linear` or `cosine`.
        step: counted from 0; after `total_steps` the result stays what it is there.
        total_steps: steps of the training.
    """
    return _FACTORS[schedule](min(1.0, step / total_steps))


def apply_schedule(players: Players, settings: TrainingSettings, step: int, total_steps: int) -> None:
    """Sets learning rates, betas and the penalty's weight to their values at a step counted from 0.

    Nothing else sets them.
    """
    left = factor(settings.schedule, step, total_steps)

    def between(last: float, first: float = 1.0) -> float:
        return last + (first - last) * left

    share = between(settings.final_learning_rate_share)
    beta2 = settings.beta2 if settings.final_beta2 is None else between(settings.final_beta2, settings.beta2)
    for player, rate in (
        (players.generator, settings.learning_rate),
        (players.discriminator, settings.rate_of_discriminator),
    ):
        set_learning_rate(player.optimizer, share * rate)
        for group in player.optimizer.param_groups:
            group["betas"] = (settings.beta1, beta2)
    players.penalty_share.fill_(between(settings.final_penalty_share))


def set_learning_rate(optimizer: Optimizer, learning_rate: float) -> None:
    """Sets the step size of the next update."""
    for group in optimizer.param_groups:
        if isinstance(group["lr"], Tensor):
            group["lr"].fill_(learning_rate)
        else:
            group["lr"] = learning_rate
