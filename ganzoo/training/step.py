"""One training step: the alternating updates of Goodfellow et al., 2014 (algorithm 1).

The step reads no value back from the device, so an accelerator never waits for Python.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from ganzoo.devices import autocast
from ganzoo.interfaces import Discriminator, Generator, Objective


@dataclass(frozen=True)
class Players:
    """The two networks, what each minimises and with what."""

    generator: Generator
    discriminator: Discriminator
    objective: Objective
    generator_optimizer: Optimizer
    discriminator_optimizer: Optimizer
    dtype: torch.dtype
    """Type of the matrix products; parameters and losses stay float32."""


def training_step(players: Players, real: Tensor, labels: Tensor | None) -> tuple[Tensor, Tensor]:
    """Updates the discriminator, then the generator, on one batch.

    The fake batch is drawn once and serves both updates. Labels of fakes are drawn uniformly
    (reference: Mirza and Osindero, 2014, condition on any label, not on the batch's own).

    Args:
        players: the networks and optimisers; changed in place.
        real: images `(B, C, H, W)` float in [-1, 1].
        labels: `(B,)` int64; None for an unconditional model.

    Returns:
        The losses of discriminator and generator, scalars float32 still on the device.
    """
    generator = players.generator
    batch, device = len(real), real.device
    latents = torch.randn(batch, generator.latent_dim, device=device)
    fake_labels = None
    if generator.num_classes is not None:
        fake_labels = torch.randint(generator.num_classes, (batch,), device=device)

    with autocast(device, players.dtype):
        fake = generator(latents, fake_labels)
    discriminator_loss = update_discriminator(players, real, labels, fake.detach(), fake_labels)
    generator_loss = update_generator(players, fake, fake_labels)
    return discriminator_loss, generator_loss


def update_discriminator(
    players: Players, real: Tensor, labels: Tensor | None, fake: Tensor, fake_labels: Tensor | None
) -> Tensor:
    """Makes the discriminator better at telling `real` from `fake`; returns its loss before that.

    Real and fake images go through in two passes: batch normalisation would otherwise mix their
    statistics (Radford et al., 2015, as published, and every descendant).
    """
    discriminator = players.discriminator
    with autocast(real.device, players.dtype):
        real_logits = discriminator(real, labels)
        fake_logits = discriminator(fake, fake_labels)
    loss = players.objective.discriminator_loss(real_logits.float(), fake_logits.float())
    _descend(players.discriminator_optimizer, loss)
    return loss.detach()


def update_generator(players: Players, fake: Tensor, fake_labels: Tensor | None) -> Tensor:
    """Makes the generator better at passing `fake` off as real; returns its loss before that.

    The discriminator is frozen meanwhile: gradients flow through it, none are computed for it.
    """
    with frozen(players.discriminator), autocast(fake.device, players.dtype):
        fake_logits = players.discriminator(fake, fake_labels)
        loss = players.objective.generator_loss(fake_logits.float())
        _descend(players.generator_optimizer, loss)
    return loss.detach()


def _descend(optimizer: Optimizer, loss: Tensor) -> None:
    optimizer.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    optimizer.step()


@contextmanager
def frozen(network: nn.Module) -> Iterator[None]:
    """Turns the gradients of a network's trainable parameters off, and on again."""
    trainable = [parameter for parameter in network.parameters() if parameter.requires_grad]
    for parameter in trainable:
        parameter.requires_grad_(False)
    try:
        yield
    finally:
        for parameter in trainable:
            parameter.requires_grad_(True)
