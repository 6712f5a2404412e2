"""What the two updates of a step are made of: drawing images, judging them, losses, penalties, freezing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, overload

import torch
from torch import Tensor, nn

from ganzoo.devices import autocast
from ganzoo.engine.parts import part
from ganzoo.engine.players import Players
from ganzoo.interfaces import Batch, Discriminator, Generator, InformedObjective, Judgement, Seen


def generate(players: Players, latents: Tensor, labels: Tensor | None) -> Tensor:
    """Maps latents `(B, Z)` and labels `(B,)` to fake images `(B, C, H, W)` in [-1, 1]."""
    with part("generator forward"), autocast(latents.device, players.dtype):
        images: Tensor = players.generator.forward(latents, labels)
    return images


def judge(
    players: Players, images: Tensor, labels: Tensor | None, purpose: str, latents: Tensor | None = None
) -> tuple[Seen, Tensor | None]:
    """What the discriminator says of images `(B, C, H, W)`, augmented where the recipe augments.

    Args:
        players: the networks.
        images: real or fake ones.
        labels: `(B,)` int64, or None.
        purpose: "real", "fake" or "for generator"; it ends the name of the part that is timed.
        latents: what fakes were drawn from, `(B, Z)`; None of real images.

    Returns:
        What there is to see, and the mean of the auxiliary loss, a float32 scalar, None without one.
    """
    forward, dtype = players.discriminator.forward, players.dtype
    logits, auxiliary_loss = _judge(players, forward, dtype, images, labels, purpose, latents)
    features = None if players.features is None else players.features.take()
    return Seen(logits, images, labels, latents, features), auxiliary_loss


def loss_of_discriminator(players: Players, real: Seen, fake: Seen) -> Tensor:
    """The objective's loss of the discriminator, a scalar."""
    objective = players.objective
    if isinstance(objective, InformedObjective):
        return objective.discriminator_loss(_wide(real), _wide(fake))
    loss: Tensor = objective.discriminator_loss(real.logits, fake.logits)
    return loss


def loss_of_generator(players: Players, fake: Seen, real: Seen | None) -> Tensor:
    """The objective's loss of the generator, a scalar; `real` where the objective is relativistic."""
    objective = players.objective
    if isinstance(objective, InformedObjective):
        return objective.generator_loss(_wide(fake), None if real is None else _wide(real))
    loss: Tensor = objective.generator_loss(fake.logits, *(() if real is None else (real.logits,)))
    return loss


def _wide(seen: Seen) -> Seen:
    return seen._replace(images=seen.images.float())


def _judge(
    players: Players,
    forward: Callable[..., Any],
    dtype: torch.dtype,
    images: Tensor,
    labels: Tensor | None,
    purpose: str,
    latents: Tensor | None = None,
) -> tuple[Tensor, Tensor | None]:
    if players.augmentation is not None:
        with part("augmentation"):
            images = players.augmentation(images.float())
    with part(f"discriminator forward, {purpose}"), autocast(images.device, dtype):
        sees_latents = players.discriminator_network.sees_latents
        said = forward(images, labels, latents) if sees_latents else forward(images, labels)
    if isinstance(said, Judgement):
        return said.logits.float(), said.auxiliary_loss.float().mean()
    return said.float(), None


def one_an_image(logits: Tensor) -> Tensor:
    """One logit for each image: logits `(B,)` as they are, logits `(B, P)` averaged over the patches."""
    return logits if logits.ndim == 1 else logits.mean(dim=1)


@dataclass(frozen=True)
class _RegularisedJudge:
    """The discriminator as `interfaces.Judge` describes it."""

    players: Players
    real_logits: Tensor
    fake_logits: Tensor

    @property
    def network(self) -> Discriminator:
        return self.players.discriminator_network

    def __call__(self, images: Tensor, labels: Tensor | None) -> Tensor:
        players = self.players
        logits, _ = _judge(players, self.network, _dtype_of_penalty(players), images, labels, "for penalty")
        if players.features is not None:
            players.features.take()  # they belong to no loss, and would keep their graph in memory
        return one_an_image(logits)


@dataclass(frozen=True)
class _RegularisedDrawing:
    """The generator as `interfaces.Draw` describes it."""

    players: Players
    latents: Tensor
    labels: Tensor | None

    @property
    def network(self) -> Generator:
        return self.players.generator_network

    def __call__(self, latents: Tensor, labels: Tensor | None) -> Tensor:
        with autocast(latents.device, _dtype_of_penalty(self.players)):
            images: Tensor = self.network(latents, labels)
        return images.float()


def _dtype_of_penalty(players: Players) -> torch.dtype:
    # In float16 the second derivative of batch normalisation overflows. A compiled network has none at all,
    # which is why penalties see the networks as they were built.
    return torch.float32 if players.dtype == torch.float16 else players.dtype


def penalty(
    players: Players, real: Batch, fake: Batch, real_logits: Tensor, fake_logits: Tensor
) -> Tensor | None:
    """What the regularisation adds to the discriminator's loss, a float32 scalar; None without one.

    It is multiplied by the number of updates that it stands for and by its share in the schedule.

    Args:
        players: the networks and the regularisation.
        real: real images.
        fake: as many fakes.
        real_logits: what the discriminator has said of them in this update, `(B,)` or `(B, P)`, with graph.
        fake_logits: likewise.
    """
    regularisation = players.regularisation
    if regularisation is None or regularisation.acts_on != "discriminator":
        return None
    judge = _RegularisedJudge(players, one_an_image(real_logits), one_an_image(fake_logits))
    with part("penalty"):
        added = regularisation.penalty(judge, real, fake)
    return added * regularisation.every * players.penalty_share


def generator_penalty(players: Players, latents: Tensor, labels: Tensor | None) -> Tensor | None:
    """What the regularisation adds to the generator's loss, as `penalty` does to the discriminator's; None
    without one that acts on the generator.

    Args:
        players: the networks and the regularisation.
        latents: what the fakes of this update are drawn from, `(B, Z)`.
        labels: likewise, `(B,)`, or None.
    """
    regularisation = players.regularisation
    if regularisation is None or regularisation.acts_on != "generator":
        return None
    with part("penalty"):
        added = regularisation.generator_penalty(_RegularisedDrawing(players, latents, labels))
    return added * regularisation.every * players.penalty_share


def joined(batches: Sequence[Batch]) -> Batch:
    """Micro-batches as the one batch that they were cut from."""
    if len(batches) == 1:
        return batches[0]
    images = torch.cat([batch.images for batch in batches])
    labels = [batch.labels for batch in batches if batch.labels is not None]
    return Batch(images, torch.cat(labels) if labels else None)


@overload
def summed(first: Tensor, /, *terms: Tensor | None) -> Tensor: ...
@overload
def summed(*terms: Tensor | None) -> Tensor | None: ...
def summed(*terms: Tensor | None) -> Tensor | None:
    """The sum of the terms that are not None; None where all are."""
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
