"""Divergence: a training whose losses or weights are no numbers any more is stopped, in words."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch

from ganzoo.engine.players import Players
from ganzoo.errors import DivergedError
from ganzoo.training.state import players_by_name


def require_finite_losses(line: Mapping[str, Any], players: Players, step: int) -> None:
    """Raises `DivergedError` where a loss of a line of metrics is NaN or infinite."""
    for name in ("discriminator_loss", "generator_loss"):
        if not math.isfinite(line[name]):
            raise _diverged(f"{name} is {line[name]}", non_finite(players), step)


def require_finite_weights(players: Players, step: int) -> None:
    """Raises `DivergedError` where a weight or a gradient is not finite: a checkpoint of NaNs would push the
    last good one out.
    """
    tensors = non_finite(players)
    if tensors:
        raise _diverged("a weight or a gradient is not finite", tensors, step)


def _diverged(what: str, tensors: list[str], step: int) -> DivergedError:
    named = f" (not finite: {', '.join(tensors[:3])}{', ...' if len(tensors) > 3 else ''})"
    return DivergedError(
        f"training diverged: {what} at step {step}{named if tensors else ''}; earlier checkpoints "
        "are kept\ntry a smaller --learning-rate, or --precision fp32"
    )


def non_finite(players: Players) -> list[str]:
    """The names of parameters, or of their gradients, that hold a NaN or an infinity.

    With a loss scale, gradients that overflow are a matter of course: that update is skipped.
    """
    found = []
    for name, player in players_by_name(players):
        for key, parameter in player.network.named_parameters():
            if not torch.isfinite(parameter).all():
                found.append(f"{name}.{key}")
            elif (
                parameter.grad is not None
                and not player.scaler.is_enabled()
                and not torch.isfinite(parameter.grad).all()
            ):
                found.append(f"gradient of {name}.{key}")
    return found
