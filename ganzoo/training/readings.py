"""Readings of a step: what tells a healthy training from a failing one, beyond the losses."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from ganzoo.interfaces import Batch


@torch.no_grad()
def readings(
    fake: Batch, real: Batch, generator: nn.Module, discriminator: nn.Module, scales: tuple[float, float]
) -> dict[str, float | None]:
    """What the rules of `health` need beyond the losses, of the step just taken.

    Args:
        fake: images that the generator drew, with the labels that it was asked for.
        real: as many real ones, with their own.
        generator: with the gradients of its update.
        discriminator: likewise.
        scales: what the gradients of generator and discriminator were multiplied with.

    Returns:
        `diversity`, the spread of fakes over the batch as a share of that of real images;
        `class_diversity`, the same of the spread around the mean image of each class, where there are labels;
        `saturation` and `real_saturation`, the share of pixels within 1 % of the range's ends;
        `generator_gradient` and `discriminator_gradient`, Euclidean norms. None where not finite.
    """
    values = {
        "diversity": _spread(fake.images) / max(_spread(real.images), 1e-6),
        "saturation": _saturation(fake.images),
        "real_saturation": _saturation(real.images),
        "generator_gradient": _gradient_norm(generator) / scales[0],
        "discriminator_gradient": _gradient_norm(discriminator) / scales[1],
    }
    if fake.labels is not None and real.labels is not None:
        spread = max(_spread(real.images, real.labels), 1e-6)
        values["class_diversity"] = _spread(fake.images, fake.labels) / spread
    return {name: _round(value) if math.isfinite(value) else None for name, value in values.items()}


def _spread(images: Tensor, labels: Tensor | None = None) -> float:
    """Standard deviation of a pixel around its mean in images of one label; nan where all labels differ."""
    if labels is None:
        labels = torch.zeros(len(images), dtype=torch.int64, device=images.device)
    _, numbers, counts = torch.unique(labels, return_inverse=True, return_counts=True)
    freedom = len(images) - len(counts)
    if freedom < 1:
        return math.nan
    images = images.float()
    sums = images.new_zeros(len(counts), *images.shape[1:]).index_add_(0, numbers, images)
    deviations = images - (sums / counts.view(-1, 1, 1, 1))[numbers]
    spread: float = (deviations.square().sum(0) / freedom).sqrt().mean().item()
    return spread


def _saturation(images: Tensor) -> float:
    return (images.float().abs() > 0.99).float().mean().item()


def _gradient_norm(network: nn.Module) -> float:
    gradients = [p.grad for p in network.parameters() if p.grad is not None]
    return nn.utils.get_total_norm(gradients).item() if gradients else 0.0


def _round(value: float) -> float:
    return float(f"{value:.6g}")
