"""What moves over a run: learning rates, beta2 and the weight of the penalty."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Final

from torch import Tensor
from torch.optim import Optimizer

from ganzoo.training.settings import TrainingSettings
from ganzoo.training.step import Players

_FACTORS: Final[Mapping[str, Callable[[float], float]]] = {
    "constant": lambda _: 1.0,
    "linear": lambda progress: 1.0 - progress,
    "cosine": lambda progress: (1.0 + math.cos(math.pi * progress)) / 2.0,
}


def factor(schedule: str, step: int, total_steps: int) -> float:
    """How near what moves is to its first value, at a step counted from 0: 1 at the beginning, near 0 at
    the end.
    """
    return _FACTORS[schedule](step / total_steps)


def apply_schedule(players: Players, settings: TrainingSettings, step: int, total_steps: int) -> None:
    """Gives everything that moves the value that it has at a step counted from 0."""
    nearness = factor(settings.schedule, step, total_steps)

    def between(last: float, first: float = 1.0) -> float:
        return last + (first - last) * nearness

    share = between(settings.final_learning_rate_share)
    for player, rate in (
        (players.generator, settings.learning_rate),
        (players.discriminator, settings.rate_of_discriminator),
    ):
        set_learning_rate(player.optimizer, share * rate)
        if settings.final_beta2 is not None:
            beta2 = between(settings.final_beta2, settings.beta2)
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
