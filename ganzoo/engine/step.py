"""One training step: the alternating updates of Goodfellow et al., 2014 (algorithm 1).

Shapes: B batch, Z latent, P patches. A batch comes as a sequence of micro-batches, usually of one; their
gradients add up to the batch's. The step reads no value back from the device, so an accelerator never
waits for Python.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from ganzoo.engine.judging import (
    frozen,
    generate,
    generator_penalty,
    joined,
    judge,
    loss_of_discriminator,
    loss_of_generator,
    one_an_image,
    penalty,
    summed,
)
from ganzoo.engine.parts import part
from ganzoo.engine.players import Player, Players
from ganzoo.interfaces import Batch


class Noise(NamedTuple):
    """Latents `(B, Z)` float and labels `(B,)` int64, None where the generator takes none."""

    latents: Tensor
    labels: Tensor | None


class StepResult(NamedTuple):
    """Losses and images of a step, all still on the device."""

    discriminator_loss: Tensor
    """The objective's loss just before the discriminator's last update; a float32 scalar."""
    generator_loss: Tensor
    """The objective's loss just before the generator's update; a float32 scalar."""
    penalty: Tensor | None
    """Regularisation and auxiliary loss in the discriminator's last update, and regularisation in the
    generator's, which the losses do not contain; None where there was none."""
    fake: Batch
    """Generated images of the discriminator's last update, with the labels that were asked for."""
    real: Batch
    """Real images of that update; as many."""


def training_step(
    players: Players,
    batches: Sequence[Sequence[Batch]],
    penalised: Sequence[bool] | None = None,
    for_generator: Sequence[Batch] | None = None,
    generator_is_penalised: bool = True,
) -> StepResult:
    """Updates the discriminator once for each batch, then the generator once.

    Both players see the fakes of the last batch, unless the generator draws fresh ones. They are drawn once
    where it is a single micro-batch. Of several micro-batches they are drawn once for each player: keeping
    the graphs of all until the generator's update would cost the memory that micro-batches are to save.

    Args:
        players: the networks and optimisers; changed in place.
        batches: one for each update of the discriminator, each a sequence of micro-batches.
        penalised: for each update of the discriminator, whether it includes the regularisation's penalty
            (see `penalised_updates`); None: all do.
        for_generator: the real images beside which the generator draws fresh fakes, as many; None: its update
            sees the fakes and real images of the discriminator's last.
        generator_is_penalised: whether the generator's update includes the penalty, where it has one.
    """
    for index, real in enumerate(batches):
        noise = draw_noise(players, real)
        is_shared = for_generator is None and index == len(batches) - 1 and len(real) == 1
        with torch.set_grad_enabled(is_shared):
            fake = [generate(players, *each) for each in noise]
        detached = [Batch(images.detach(), each.labels) for images, each in zip(fake, noise, strict=True)]
        is_penalised = penalised is None or penalised[index]
        discriminator_loss, paid = update_discriminator(players, real, detached, is_penalised, noise)
    if for_generator is None:
        beside, drawn_from, drawn = real, noise, fake if is_shared else None
    else:
        beside, drawn_from, drawn = for_generator, draw_noise(players, for_generator), None
    generator_loss, cost = update_generator(players, beside, drawn_from, drawn, generator_is_penalised)
    return StepResult(discriminator_loss, generator_loss, summed(paid, cost), joined(detached), joined(real))


def update_discriminator(
    players: Players,
    real: Sequence[Batch],
    fake: Sequence[Batch],
    is_penalised: bool = True,
    noise: Sequence[Noise] | None = None,
) -> tuple[Tensor, Tensor | None]:
    """Makes the discriminator better at telling real from fake.

    Real and fake images go through in two passes: batch normalisation would otherwise mix their
    statistics (Radford et al., 2015, as published, and every descendant).

    Args:
        players: the networks and optimisers; changed in place.
        real: real images, in micro-batches.
        fake: as many fakes, without graphs.
        is_penalised: whether the update includes the regularisation's penalty.
        noise: what the fakes were drawn from; None: nobody asks for it.

    Returns:
        The objective's loss before the update, and the sum of regularisation and auxiliary loss, None
        where there is neither; float32 scalars.
    """
    player, network = players.discriminator, players.discriminator_network
    player.optimizer.zero_grad(set_to_none=True)
    losses, paid, shown = [], [], []
    latents = [None] * len(fake) if noise is None else [each.latents for each in noise]
    for reals, fakes, drawn_from in zip(real, fake, latents, strict=True):
        seen_real, of_real = judge(players, *reals, "real")
        seen_fake, of_fake = judge(players, *fakes, "fake", drawn_from)
        loss = loss_of_discriminator(players, seen_real, seen_fake)
        cost = penalty(players, reals, fakes, seen_real.logits, seen_fake.logits) if is_penalised else None
        pays_for_fakes = network.pays_for_fakes and not network.self_supervised
        besides = summed(of_real, of_fake if pays_for_fakes else None, cost)
        with part("discriminator backward"):
            player.scaler.scale(summed(loss, besides) / len(real)).backward()  # type: ignore[no-untyped-call]
        losses.append(loss.detach() / len(real))
        paid.append(None if besides is None else besides.detach() / len(real))
        shown.append(one_an_image(seen_real.logits.detach()))
    with part("discriminator update"):
        players.average_gradients(network)
        apply_gradients(player)
    if players.regularisation is not None:
        players.regularisation.constrain(network)
    if players.augmentation is not None:
        players.augmentation.adapt(torch.cat(shown))
    return summed(*losses), summed(*paid)


def update_generator(
    players: Players,
    real: Sequence[Batch],
    noise: Sequence[Noise],
    fake: Sequence[Tensor] | None,
    is_penalised: bool = True,
) -> tuple[Tensor, Tensor | None]:
    """Makes the generator better at passing its images off as real.

    The discriminator is frozen meanwhile: gradients flow through it, none are computed for it.

    Args:
        players: the networks and optimisers; changed in place.
        real: real images, which a relativistic objective compares with.
        noise: what the generator draws from, for each micro-batch.
        fake: the images that it drew from `noise`, with their graphs; None: it draws them here.
        is_penalised: whether the update includes the penalty, where one acts on the generator.

    Returns:
        The objective's loss before the update, and what the regularisation added, None where it didn't;
        float32 scalars.
    """
    player = players.generator
    player.optimizer.zero_grad(set_to_none=True)
    losses, paid = [], []
    with frozen(players.discriminator_network):
        for index, each in enumerate(noise):
            images = generate(players, *each) if fake is None else fake[index]
            seen_fake, of_fake = judge(players, images, each.labels, "for generator", each.latents)
            seen_real = None
            if players.objective.relativistic:
                with torch.no_grad():  # the generator has no influence on real images
                    seen_real, _ = judge(players, *real[index], "for generator")
            loss = loss_of_generator(players, seen_fake, seen_real)
            besides = None if players.discriminator_network.self_supervised else of_fake
            cost = generator_penalty(players, *each) if is_penalised else None
            with part("generator backward"):
                player.scaler.scale(summed(loss, besides, cost) / len(noise)).backward()  # type: ignore[no-untyped-call]
            losses.append(loss.detach() / len(noise))
            paid.append(None if cost is None else cost.detach() / len(noise))
        with part("generator update"):
            players.average_gradients(player.network)
            apply_gradients(player)
    return summed(*losses), summed(*paid)


def apply_gradients(player: Player) -> None:
    """Takes the optimiser's step with the gradients of the backward passes, and leaves the true ones behind.

    A loss scale is divided out here: whether an optimiser would do it by itself, and to `grad` or to a copy,
    depends on which one it is. Where a gradient overflowed, in fp16, the step is skipped.
    """
    player.scaler.unscale_(player.optimizer)
    player.scaler.step(player.optimizer)
    player.scaler.update()


def penalised_updates(players: Players, step: int, count: int) -> tuple[bool, ...]:
    """For each of a step's `count` updates of the discriminator, whether it includes the penalty.

    Args:
        players: the networks and their regularisation.
        step: how many steps were taken before.
        count: updates of the discriminator in a step.
    """
    if players.regularisation is None or players.regularisation.acts_on != "discriminator":
        return (False,) * count
    return tuple((step * count + index) % players.regularisation.every == 0 for index in range(count))


def generator_is_penalised(players: Players, step: int) -> bool:
    """Whether a step's update of the generator includes the penalty; `step` were taken before."""
    regularisation = players.regularisation
    if regularisation is None or regularisation.acts_on != "generator":
        return False
    return step % regularisation.every == 0


def draw_noise(players: Players, real: Sequence[Batch]) -> list[Noise]:
    """Draws what the fakes of an update are made from: as many latents as there are real images.

    Where the generator takes labels, those of fakes are uniform and independent of the real ones (Mirza and
    Osindero, 2014, equation 2, where y of the second term is free), or the same where the objective compares
    each fake with a real image of its class.

    Args:
        players: the networks and the objective.
        real: the real images, in micro-batches.
    """
    generator = players.generator_network
    noise = []
    for images, labels in real:
        latents = torch.randn(len(images), generator.latent_dim, device=images.device)
        if generator.num_classes is None:
            labels = None
        elif not players.objective.paired_labels:
            labels = torch.randint(generator.num_classes, (len(images),), device=images.device)
        noise.append(Noise(latents, labels))
    return noise
