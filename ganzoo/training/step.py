"""One training step: the alternating updates of Goodfellow et al., 2014 (algorithm 1).

The step reads no value back from the device, so an accelerator never waits for Python.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.amp import GradScaler
from torch.optim import Optimizer

from ganzoo.devices import autocast
from ganzoo.interfaces import Discriminator, Generator, Objective


class Batch(NamedTuple):
    """Images `(B, C, H, W)` float in [-1, 1] and labels `(B,)` int64, None where there are none."""

    images: Tensor
    labels: Tensor | None


class Noise(NamedTuple):
    """Latents `(B, Z)` float and labels `(B,)` int64, None where the generator takes none."""

    latents: Tensor
    labels: Tensor | None


@dataclass(frozen=True)
class Player:
    """A network, and how it learns."""

    network: nn.Module
    forward: Callable[[Tensor, Tensor | None], Tensor]
    """The network itself, or what it was compiled to."""
    optimizer: Optimizer
    scaler: GradScaler
    """Keeps float16 gradients from vanishing; passes everything through in other precisions."""


@dataclass(frozen=True)
class Players:
    """Both players and the game."""

    generator: Player
    discriminator: Player
    objective: Objective
    dtype: torch.dtype
    """Type of the matrix products; parameters and losses stay float32."""
    average_gradients: Callable[[nn.Module], None] = lambda _: None
    """Called between a backward pass and its update; averages over processes where there are several."""

    @property
    def generator_network(self) -> Generator:
        """The generator as its interface."""
        assert isinstance(self.generator.network, Generator)
        return self.generator.network

    @property
    def discriminator_network(self) -> Discriminator:
        """The discriminator as its interface."""
        assert isinstance(self.discriminator.network, Discriminator)
        return self.discriminator.network


class StepResult(NamedTuple):
    """What a step leaves to look at, all still on the device."""

    discriminator_loss: Tensor
    """Of the last update of the discriminator, before it; a float32 scalar."""
    generator_loss: Tensor
    fake: Tensor
    """The generator's last images `(B, C, H, W)`."""
    real: Tensor
    """As many real ones."""


def training_step(players: Players, batches: Sequence[Sequence[Batch]]) -> StepResult:
    """Updates the discriminator once for each batch, then the generator once.

    Every batch comes in parts, whose gradients add up to the batch's. The last batch's fakes serve
    both players; they are drawn once, or once for each player where the batch has several parts,
    since keeping all parts' graphs would cost the memory that the parts are there to save.

    Args:
        players: the networks and optimisers; changed in place.
        batches: one a discriminator update, each a sequence of its parts.
    """
    for index, parts in enumerate(batches):
        is_shared = index == len(batches) - 1 and len(parts) == 1
        noise = [draw_noise(players.generator_network, part.images) for part in parts]
        with torch.set_grad_enabled(is_shared):
            fakes = [generate(players, part) for part in noise]
        discriminator_loss = update_discriminator(players, parts, noise, fakes)
    graphs = fakes if is_shared else (generate(players, part) for part in noise)
    generator_loss = update_generator(players, noise, graphs)
    return StepResult(discriminator_loss, generator_loss, fakes[-1].detach(), batches[-1][-1].images)


def draw_noise(generator: Generator, like: Tensor) -> Noise:
    """Latents, and labels drawn uniformly where the generator takes any, as many as `like` has images.

    Fakes get labels of their own rather than the real batch's (Mirza and Osindero, 2014, equation 2,
    where y of the second term is free).
    """
    batch, device = len(like), like.device
    latents = torch.randn(batch, generator.latent_dim, device=device)
    if generator.num_classes is None:
        return Noise(latents, None)
    return Noise(latents, torch.randint(generator.num_classes, (batch,), device=device))


def generate(players: Players, noise: Noise) -> Tensor:
    """Fake images `(B, C, H, W)` in [-1, 1]."""
    with autocast(noise.latents.device, players.dtype):
        return players.generator.forward(noise.latents, noise.labels)


def update_discriminator(
    players: Players, real: Sequence[Batch], noise: Sequence[Noise], fakes: Sequence[Tensor]
) -> Tensor:
    """Makes the discriminator better at telling real from fake; returns its loss before that.

    Real and fake images go through in two passes: batch normalisation would otherwise mix their
    statistics (Radford et al., 2015, as published, and every descendant).
    """

    def losses() -> Iterator[Tensor]:
        for part, part_noise, fake in zip(real, noise, fakes, strict=True):
            with autocast(fake.device, players.dtype):
                real_logits = players.discriminator.forward(part.images, part.labels)
                fake_logits = players.discriminator.forward(fake.detach(), part_noise.labels)
            yield players.objective.discriminator_loss(real_logits.float(), fake_logits.float())

    return _descend(players, players.discriminator, losses(), len(real))


def update_generator(players: Players, noise: Sequence[Noise], fakes: Iterable[Tensor]) -> Tensor:
    """Makes the generator better at passing its images off as real; returns its loss before that.

    The discriminator is frozen meanwhile: gradients flow through it, none are computed for it.
    """

    def losses() -> Iterator[Tensor]:
        for part, fake in zip(noise, fakes, strict=True):
            with autocast(fake.device, players.dtype):
                fake_logits = players.discriminator.forward(fake, part.labels)
            yield players.objective.generator_loss(fake_logits.float())

    with frozen(players.discriminator.network):
        return _descend(players, players.generator, losses(), len(noise))


def _descend(players: Players, player: Player, losses: Iterable[Tensor], count: int) -> Tensor:
    """One update along the gradient of the mean of `count` losses; returns that mean."""
    player.optimizer.zero_grad(set_to_none=True)
    total: Tensor | None = None
    for loss in losses:
        share = loss / count if count > 1 else loss
        player.scaler.scale(share).backward()  # type: ignore[no-untyped-call]
        total = share.detach() if total is None else total + share.detach()
    assert total is not None, "a batch has at least one part"
    players.average_gradients(player.network)
    player.scaler.step(player.optimizer)
    player.scaler.update()
    return total


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
