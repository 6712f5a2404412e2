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
    """Raises `DivergedError` where a loss or the penalty of a line of metrics is NaN or infinite."""
    for name in ("discriminator_loss", "generator_loss", "penalty"):
        if not math.isfinite(line.get(name, 0.0)):
            raise _diverged(f"{name} is {line[name]}", non_finite(players), step)


def require_finite_weights(players: Players, step: int) -> None:
    """Raises `DivergedError` where a weight, a gradient or what an optimiser remembers is not finite: a
    checkpoint of NaNs would push the last good one out.
    """
    tensors = non_finite(players)
    if tensors:
        raise _diverged("not all weights are finite numbers any more", tensors, step)


def _diverged(what: str, tensors: list[str], step: int) -> DivergedError:
    named = f" (not finite: {', '.join(tensors[:3])}{', ...' if len(tensors) > 3 else ''})"
    return DivergedError(
        f"training diverged: {what} at step {step}{named if tensors else ''}; earlier checkpoints "
        "are kept\ntry a smaller --learning-rate, or --precision fp32"
    )


def non_finite(players: Players) -> list[str]:
    """The names of parameters, or of their gradients or moments, that hold a NaN or an infinity, and of
    buffers that do: but for negative infinity, which is meant where a buffer is a mask.

    With a loss scale, gradients that overflow are a matter of course: that update is skipped. A moment that
    has overflowed stays so, and its weight never moves again.
    """
    remembering = players.stateful_parts.items()
    found = [
        f"{section}.{key}"
        for section, module in remembering
        for key, buffer in module.named_buffers()
        if not _is_sound(buffer)
    ]
    for name, player in players_by_name(players):
        found += [f"{name}.{key}" for key, buffer in player.network.named_buffers() if not _is_sound(buffer)]
        for key, parameter in player.network.named_parameters():
            moments = player.optimizer.state.get(parameter, {}).values()
            if not _is_finite(parameter):
                found.append(f"{name}.{key}")
            elif not all(_is_finite(moment) for moment in moments if torch.is_tensor(moment)):
                found.append(f"moments of {name}.{key}")
            elif (
                parameter.grad is not None
                and not player.scaler.is_enabled()
                and not _is_finite(parameter.grad)
            ):
                found.append(f"gradient of {name}.{key}")
    return found


def _is_finite(tensor: torch.Tensor) -> bool:
    """Whether every number is finite: where one is not, neither is the sum, which is found much faster."""
    return bool(torch.isfinite(tensor.sum())) or bool(torch.isfinite(tensor).all())


def _is_sound(buffer: torch.Tensor) -> bool:
    finite = torch.isfinite(buffer) if buffer.is_complex() else buffer < math.inf
    return bool(finite.all())
