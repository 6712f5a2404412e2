"""What a model's networks cost, counted rather than measured: parameters, and arithmetic for each image."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import torch
from torch import nn

from ganzoo.arithmetic.flops import count
from ganzoo.models import GAN

_BATCH: Final = 2
"""More than one, since some networks compare the images of a batch."""


@dataclass(frozen=True)
class NetworkCost:
    """What one network costs."""

    parameters: int
    """Trainable numbers."""
    flops_per_image: int
    """Floating-point operations of matrix products and convolutions, forward; a multiplication and an
    addition are two."""


@dataclass(frozen=True)
class Costs:
    """What the two networks of a model cost."""

    generator: NetworkCost
    discriminator: NetworkCost


def costs_of(gan: GAN) -> Costs:
    """Counts; runs each network once, in evaluation mode, and leaves it in that mode."""
    labels = None if gan.num_classes is None else torch.arange(_BATCH) % gan.num_classes
    latents = torch.zeros(_BATCH, gan.generator.latent_dim)
    images = torch.zeros(_BATCH, *gan.image.shape)
    return Costs(
        generator=_cost(gan.generator, lambda: gan.generator(latents, labels)),
        discriminator=_cost(gan.discriminator, lambda: gan.discriminator(images, labels)),
    )


@torch.no_grad()
def _cost(network: nn.Module, forward: Callable[[], object]) -> NetworkCost:
    network.eval()
    trainable = sum(parameter.numel() for parameter in network.parameters() if parameter.requires_grad)
    return NetworkCost(trainable, count(forward).per_step // _BATCH)
