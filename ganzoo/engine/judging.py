"""What the two updates of a step are made of: drawing images, judging them, penalties, freezing."""

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
from ganzoo.interfaces import Batch, Judgement


def generate(players: Players, latents: Tensor, labels: Tensor | None) -> Tensor:
    """Maps latents `(B, Z)` and labels `(B,)` to fake images `(B, C, H, W)` in [-1, 1]."""
    with part("generator forward"), autocast(latents.device, players.dtype):
        images: Tensor = players.generator.forward(latents, labels)
    return images


def judge(
    players: Players, images: Tensor, labels: Tensor | None, purpose: str
) -> tuple[Tensor, Tensor | None]:
    """What the discriminator says of images `(B, C, H, W)`, augmented where the recipe augments.

    Args:
        players: the networks.
        images: real or fake ones.
        labels: `(B,)` int64, or None.
        purpose: "real", "fake" or "for generator"; it ends the name of the part that is timed.

    Returns:
        Logits `(B,)` or `(B, P)`, and the mean of the auxiliary loss, None without one; both float32.
    """
    return _judge(players, players.discriminator.forward, players.dtype, images, labels, purpose)


def _judge(
    players: Players,
    forward: Callable[[Tensor, Tensor | None], Any],
    dtype: torch.dtype,
    images: Tensor,
    labels: Tensor | None,
    purpose: str,
) -> tuple[Tensor, Tensor | None]:
    if players.augmentation is not None:
        with part("augmentation"):
            images = players.augmentation(images.float())
    with part(f"discriminator forward, {purpose}"), autocast(images.device, dtype):
        said = forward(images, labels)
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

    def __call__(self, images: Tensor, labels: Tensor | None) -> Tensor:
        # A compiled network has no second derivative, and in float16 that of batch normalisation overflows.
        players = self.players
        dtype = torch.float32 if players.dtype == torch.float16 else players.dtype
        network = players.discriminator.network
        return one_an_image(_judge(players, network, dtype, images, labels, "for penalty")[0])


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
    if regularisation is None:
        return None
    judge = _RegularisedJudge(players, one_an_image(real_logits), one_an_image(fake_logits))
    with part("penalty"):
        added = regularisation.penalty(judge, real, fake)
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
