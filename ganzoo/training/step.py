"""One training step: the alternating updates of Goodfellow et al., 2014 (algorithm 1).

The step reads no value back from the device, so an accelerator never waits for Python.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.amp import GradScaler
from torch.optim import Optimizer

from ganzoo.devices import autocast
from ganzoo.interfaces import (
    Augmentation,
    Batch,
    Discriminator,
    Generator,
    Judgement,
    Objective,
    Regularisation,
)


class Noise(NamedTuple):
    """Latents `(B, Z)` float and labels `(B,)` int64, None where the generator takes none."""

    latents: Tensor
    labels: Tensor | None


@dataclass(frozen=True)
class Player:
    """A network, and how it learns."""

    network: nn.Module
    forward: Callable[[Tensor, Tensor | None], Any]
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
    regularisation: Regularisation | None = None
    augmentation: Augmentation | None = None
    penalty_share: Tensor = field(default_factory=lambda: torch.ones(()))
    """What the penalty counts, `()` float32 on the device, where a captured step reads it."""
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
    """The objective's, of the last update of the discriminator, before it; a float32 scalar."""
    generator_loss: Tensor
    """The objective's; a float32 scalar."""
    penalty: Tensor | None
    """What the discriminator's last update paid besides: regularisation and auxiliary loss; None where
    it had neither."""
    fake: Batch
    """The generator's last images."""
    real: Batch
    """As many real ones."""


def training_step(
    players: Players, batches: Sequence[Sequence[Batch]], penalised: Sequence[bool] | None = None
) -> StepResult:
    """Updates the discriminator once for each batch, then the generator once.

    Every batch comes in parts, whose gradients add up to the batch's. The last batch's fakes serve
    both players; they are drawn once, or once for each player where the batch has several parts,
    since keeping all parts' graphs would cost the memory that the parts are there to save.

    Args:
        players: the networks and optimisers; changed in place.
        batches: one a discriminator update, each a sequence of its parts.
        penalised: which of the discriminator's updates pay the regularisation's penalty (see
            `penalised_updates`); all where None.
    """
    for index, parts in enumerate(batches):
        is_shared = index == len(batches) - 1 and len(parts) == 1
        noise = [draw_noise(players.generator_network, part.images) for part in parts]
        with torch.set_grad_enabled(is_shared):
            fakes = [generate(players, part) for part in noise]
        is_penalised = penalised is None or penalised[index]
        discriminator_loss, penalty = update_discriminator(players, parts, noise, fakes, is_penalised)
    graphs = fakes if is_shared else (generate(players, part) for part in noise)
    generator_loss = update_generator(players, parts, noise, graphs)
    fake = Batch(fakes[-1].detach(), noise[-1].labels)
    return StepResult(discriminator_loss, generator_loss, penalty, fake, batches[-1][-1])


def penalised_updates(players: Players, step: int, count: int) -> tuple[bool, ...]:
    """Which of the `count` discriminator updates of a step are due for the regularisation's penalty.

    Args:
        players: the networks and their regularisation.
        step: how many steps were taken before.
        count: updates of the discriminator in a step.
    """
    if players.regularisation is None:
        return (False,) * count
    return tuple((step * count + index) % players.regularisation.every == 0 for index in range(count))


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
        images: Tensor = players.generator.forward(noise.latents, noise.labels)
    return images


def judge(players: Players, images: Tensor, labels: Tensor | None) -> tuple[Tensor, Tensor | None]:
    """What the discriminator says of images, augmented where the recipe augments.

    Returns:
        Its logits `(B,)` or `(B, P)`, and the mean of its auxiliary loss where it has one; both float32.
    """
    return _judge(players, players.discriminator.forward, players.dtype, images, labels)


def _judge(
    players: Players,
    forward: Callable[[Tensor, Tensor | None], Any],
    dtype: torch.dtype,
    images: Tensor,
    labels: Tensor | None,
) -> tuple[Tensor, Tensor | None]:
    if players.augmentation is not None:
        images = players.augmentation(images.float())
    with autocast(images.device, dtype):
        said = forward(images, labels)
    if isinstance(said, Judgement):
        return said.logits.float(), said.auxiliary_loss.float().mean()
    return said.float(), None


def one_an_image(logits: Tensor) -> Tensor:
    """Logits `(B,)` as they are, and of logits `(B, P)` the mean over an image's patches."""
    return logits if logits.ndim == 1 else logits.mean(dim=1)


def update_discriminator(
    players: Players,
    real: Sequence[Batch],
    noise: Sequence[Noise],
    fakes: Sequence[Tensor],
    is_penalised: bool = True,
) -> tuple[Tensor, Tensor | None]:
    """Makes the discriminator better at telling real from fake.

    Real and fake images go through in two passes: batch normalisation would otherwise mix their
    statistics (Radford et al., 2015, as published, and every descendant).

    Returns:
        The objective's loss before the update, and what was paid besides.
    """
    shown: list[Tensor] = []

    def losses() -> Iterator[tuple[Tensor, Tensor | None]]:
        for part, part_noise, fake in zip(real, noise, fakes, strict=True):
            fake_batch = Batch(fake.detach(), part_noise.labels)
            real_logits, of_real = judge(players, *part)
            fake_logits, of_fake = judge(players, *fake_batch)
            if players.discriminator_network.self_supervised:
                of_fake = None
            loss = players.objective.discriminator_loss(real_logits, fake_logits)
            penalty = _penalty(players, part, fake_batch) if is_penalised else None
            shown.append(one_an_image(real_logits.detach()))
            yield loss, _sum(of_real, of_fake, penalty)

    result = _descend(players, players.discriminator, losses(), len(real))
    if players.regularisation is not None:
        players.regularisation.constrain(players.discriminator_network)
    if players.augmentation is not None:
        players.augmentation.adapt(torch.cat(shown))
    return result


def _penalty(players: Players, real: Batch, fake: Batch) -> Tensor | None:
    regularisation = players.regularisation
    if regularisation is None:
        return None

    def judge_twice_differentiably(images: Tensor, labels: Tensor | None) -> Tensor:
        # A compiled network has no second derivative, and in float16 that of batch normalisation overflows.
        dtype = torch.float32 if players.dtype == torch.float16 else players.dtype
        return one_an_image(_judge(players, players.discriminator.network, dtype, images, labels)[0])

    penalty = regularisation.penalty(judge_twice_differentiably, real, fake)
    return penalty * regularisation.every * players.penalty_share


def update_generator(
    players: Players, real: Sequence[Batch], noise: Sequence[Noise], fakes: Iterable[Tensor]
) -> Tensor:
    """Makes the generator better at passing its images off as real; returns its loss before that.

    The discriminator is frozen meanwhile: gradients flow through it, none are computed for it.
    """

    def losses() -> Iterator[tuple[Tensor, Tensor | None]]:
        for part, part_noise, fake in zip(real, noise, fakes, strict=True):
            fake_logits, auxiliary_loss = judge(players, fake, part_noise.labels)
            if players.discriminator_network.self_supervised:
                auxiliary_loss = None
            if players.objective.relativistic:
                with torch.no_grad():  # real images are nothing that the generator can change
                    real_logits, _ = judge(players, *part)
                loss = players.objective.generator_loss(fake_logits, real_logits)
            else:
                loss = players.objective.generator_loss(fake_logits)
            yield loss, auxiliary_loss

    with frozen(players.discriminator.network):
        return _descend(players, players.generator, losses(), len(noise))[0]


def _descend(
    players: Players, player: Player, losses: Iterable[tuple[Tensor, Tensor | None]], count: int
) -> tuple[Tensor, Tensor | None]:
    """One update along the gradient of the mean of `count` losses, each the objective's and the rest of
    it; returns both means.
    """
    player.optimizer.zero_grad(set_to_none=True)
    total: Tensor | None = None
    total_rest: Tensor | None = None
    for loss, rest in losses:
        whole = loss if rest is None else loss + rest
        player.scaler.scale(whole / count if count > 1 else whole).backward()  # type: ignore[no-untyped-call]
        total = _sum(total, loss.detach() / count)
        total_rest = _sum(total_rest, None if rest is None else rest.detach() / count)
    assert total is not None, "a batch has at least one part"
    players.average_gradients(player.network)
    player.scaler.step(player.optimizer)
    player.scaler.update()
    return total, total_rest


def _sum(*terms: Tensor | None) -> Tensor | None:
    """The sum of those that are there."""
    present = [term for term in terms if term is not None]
    return sum(present[1:], start=present[0]) if present else None


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
