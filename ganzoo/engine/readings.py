"""Readings of a step: what tells a healthy training from a failing one, beyond the losses."""

from __future__ import annotations

import copy
import math
from typing import Any, Final

import torch
from torch import Tensor, nn

from ganzoo.engine.distributed import World
from ganzoo.engine.players import Players
from ganzoo.engine.step import StepResult
from ganzoo.interfaces import InformedObjective, Objective

_NO_SPREAD: Final = 1e-6
"""A standard deviation below this, of pixels in [-1, 1], is none: nothing can be a share of it."""


@torch.no_grad()
def readings(result: StepResult, players: Players, world: World) -> dict[str, float | None]:
    """What the rules of `health` need beyond the losses, of the step just taken.

    Every process has to call it, since each knows its own batch share only.

    Args:
        result: of the step.
        players: as the step left them, with the gradients of their last updates.
        world: the processes that took the step.

    Returns:
        `diversity`, the spread of fakes over the batch as a share of that of real images;
        `class_diversity`, the same of the spread around the mean image of each class, where there are labels;
        `saturation` and `real_saturation`, the share of pixels within 1 % of the range's ends;
        `generator_gradient` and `discriminator_gradient`, Euclidean norms;
        `loss_scale`, the smaller one of both players', where there are any (fp16).
        Of several processes, the mean over them. None where it can't be told: a spread of one image alone
        or of equal real images, a gradient that is not finite, for which fp16 skips the update.
    """
    fake, real = result.fake, result.real
    values = {
        "diversity": _share(_spread(fake.images), _spread(real.images)),
        "saturation": _saturation(fake.images),
        "real_saturation": _saturation(real.images),
        "generator_gradient": _gradient_norm(players.generator.network),
        "discriminator_gradient": _gradient_norm(players.discriminator.network),
    }
    if fake.labels is not None and real.labels is not None:
        values["class_diversity"] = _share(
            _spread(fake.images, fake.labels), _spread(real.images, real.labels)
        )
    device = real.images.device
    together = torch.stack([value.to(device, torch.float32) for value in values.values()])
    read: list[float] = world.average(together).tolist()
    told = {
        name: _round(value) if math.isfinite(value) else None
        for name, value in zip(values, read, strict=True)
    }
    scales = [
        player.scaler.get_scale()
        for player in (players.generator, players.discriminator)
        if player.scaler.is_enabled()
    ]
    return told | ({"loss_scale": min(scales)} if scales else {})


def _share(spread: Tensor, of_real: Tensor) -> Tensor:
    return torch.where(of_real < _NO_SPREAD, math.nan, spread / of_real)


def _spread(images: Tensor, labels: Tensor | None = None) -> Tensor:
    """Standard deviation of a pixel around its mean in images of one label; nan where all labels differ."""
    if labels is None:
        labels = torch.zeros(len(images), dtype=torch.int64, device=images.device)
    _, numbers, counts = torch.unique(labels, return_inverse=True, return_counts=True)
    freedom = len(images) - len(counts)
    if freedom < 1:
        return torch.tensor(math.nan)
    images = images.float()
    sums = images.new_zeros(len(counts), *images.shape[1:]).index_add_(0, numbers, images)
    deviations = images - (sums / counts.view(-1, 1, 1, 1))[numbers]
    variances: Tensor = deviations.square().sum(0) / freedom
    return variances.sqrt().mean()


def _saturation(images: Tensor) -> Tensor:
    return (images.float().abs() > 0.99).float().mean()


def _gradient_norm(network: nn.Module) -> Tensor:
    gradients = [p.grad for p in network.parameters() if p.grad is not None]
    return nn.utils.get_total_norm(gradients) if gradients else torch.zeros(())


def _round(value: float) -> float:
    return float(f"{value:.6g}")


def indifferent_loss(objective: Objective[Any]) -> float:
    """The lowest loss that a discriminator can have while it gives every image the same logit; 0 where this
    can't be told, since the objective asks for more than logits.

    Asked of a copy, so that an objective which remembers what it has seen never sees these.
    """
    if isinstance(objective, InformedObjective):
        return 0.0
    objective = copy.deepcopy(objective)
    if isinstance(objective, nn.Module):
        objective.to("cpu")
    logits = torch.linspace(-2, 2, 81)  # the best is 0 for most objectives, 1/2 for least squares
    return min(objective.discriminator_loss(one, one).item() for one in logits[:, None])
