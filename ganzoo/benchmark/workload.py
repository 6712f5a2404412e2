"""What a cell does again and again: the networks, their inputs, and one step as a function.

`train-step` is made of the parts of `ganzoo train`: its preparation, its step and its average, on a
data set of noise. A step holds what the loop does for every step: drawing the batch, scaling it,
both updates, the average; not what it does now and then (metrics, grids, checkpoints).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from math import gcd
from typing import Any, Final

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from ganzoo import config
from ganzoo.benchmark.cells import CLASSES, DATASET, Cell, configuration
from ganzoo.benchmark.clocks import Step
from ganzoo.benchmark.report import Parameters
from ganzoo.config import TRAINING
from ganzoo.devices import autocast, choose_device
from ganzoo.interfaces import ImageSpec
from ganzoo.training.distributed import World
from ganzoo.training.players import make_step
from ganzoo.training.preparation import Training, prepare
from ganzoo.training.step import Players

_BATCHES: Final = 4
"""Batches in the data set of noise."""


@dataclass(frozen=True)
class Workload:
    """One step, ready to be taken, and everything that it keeps in memory."""

    step: Step
    plain_step: Step
    """The same without compilation, so that its operators can be seen."""
    images_per_step: int
    cycle: int
    """Steps after which the work repeats: a lazy regularisation is paid in one step out of so many."""
    networks: tuple[nn.Module, ...]
    """The networks that the phase uses."""
    average: nn.Module | None
    """The averaged generator, where a step updates it."""
    optimizers: tuple[Optimizer, ...]
    parameters: Parameters
    training: Training | None
    """What the step is made of, for `train-step`."""
    channels_last: bool
    """The memory layout of the images."""


def parse_image(text: str) -> ImageSpec:
    """Reads `3x32x32`: channels, height, width.

    Raises:
        ValueError: it is not three whole numbers.
        UsageError: there is no such image.
    """
    channels, height, width = (int(number) for number in text.split("x"))
    return ImageSpec(channels, height, width)


def build(cell: Cell) -> Workload:
    """Builds the networks of a cell, freshly initialised, and what they work on.

    Raises:
        UsageError: the model can't draw such images, or the device lacks the precision.
        PluginError: a plugin can't be loaded.
    """
    device = choose_device(cell.device)
    training = _prepare(cell, device)
    networks = training.players.generator.network, training.players.discriminator.network
    if not cell.channels_last:
        for network in (*networks, *(() if training.average is None else (training.average.average,))):
            network.to(memory_format=torch.contiguous_format)
    make = {"train-step": _train_step, "generate": _generate, "discriminate": _discriminate}[cell.phase]
    return make(cell, training)


def _prepare(cell: Cell, device: torch.device) -> Training:
    image = parse_image(cell.image)
    chosen = {
        **configuration(cell.model, cell.components),
        f"dataset.{config.NAME}": DATASET,
        "dataset.channels": image.channels,
        "dataset.height": image.height,
        "dataset.width": image.width,
        "dataset.classes": CLASSES,
        "dataset.count": _BATCHES * cell.batch_size,
        f"{TRAINING}.batch_size": cell.batch_size,
        f"{TRAINING}.precision": cell.precision,
        f"{TRAINING}.compile": cell.compile and cell.phase == "train-step",
        f"{TRAINING}.device": cell.device,
        f"{TRAINING}.seed": cell.seed,
    }
    return prepare(config.resolve(chosen), device, World())


def _parameters(training: Training) -> Parameters:
    def count(network: nn.Module) -> int:
        return sum(parameter.numel() for parameter in network.parameters() if parameter.requires_grad)

    players = training.players
    return Parameters(
        generator=count(players.generator.network), discriminator=count(players.discriminator.network)
    )


def _train_step(cell: Cell, training: Training) -> Workload:
    players = training.players
    optimizers = players.generator.optimizer, players.discriminator.optimizer
    return Workload(
        step=training_step(training, players, cell.channels_last),
        plain_step=training_step(training, uncompiled(players), cell.channels_last),
        images_per_step=cell.batch_size * training.settings.discriminator_steps,
        cycle=_cycle(training),
        networks=(players.generator.network, players.discriminator.network),
        average=None if training.average is None else training.average.average,
        optimizers=optimizers,
        parameters=_parameters(training),
        training=training,
        channels_last=cell.channels_last,
    )


def _cycle(training: Training) -> int:
    regularisation, updates = training.players.regularisation, training.settings.discriminator_steps
    return 1 if regularisation is None else regularisation.every // gcd(regularisation.every, updates)


def training_step(
    training: Training,
    players: Players,
    channels_last: bool,
    entered: Callable[[str], None] = lambda _: None,
) -> Step:
    """The engine's step with its data and its average, as a function.

    Args:
        training: settings, data and average.
        players: the networks to use in place of the training's own.
        channels_last: the memory layout of the images.
        entered: is told when a part of the step that is not the players' begins, and of "other" after it.
    """
    settings, average = training.settings, training.average
    take = make_step(players, settings, training.device, World())
    batches = training.batches(layout=torch.channels_last if channels_last else torch.contiguous_format)
    taken = 0

    def step() -> None:
        nonlocal taken
        entered("data")
        chosen = [next(batches) for _ in range(settings.discriminator_steps)]
        entered("other")
        take(chosen, taken)
        taken += 1
        if average is not None:
            entered("moving average")
            average.update(players.generator.network, taken)
            entered("other")

    return step


def uncompiled(players: Players) -> Players:
    """The same players without what they were compiled to."""
    plain = (dataclasses.replace(p, forward=p.network) for p in (players.generator, players.discriminator))
    generator, discriminator = plain
    return dataclasses.replace(players, generator=generator, discriminator=discriminator)


def _generate(cell: Cell, training: Training) -> Workload:
    """Images from the averaged generator: from the generator itself where the recipe keeps no average."""
    generator = training.players.generator_network
    latents = torch.randn(cell.batch_size, generator.latent_dim, device=training.device)
    network = generator if training.average is None else training.average.average
    return _inference(cell, training, network, latents)


def _discriminate(cell: Cell, training: Training) -> Workload:
    """Logits of images."""
    layout = torch.channels_last if cell.channels_last else torch.contiguous_format
    images = torch.rand(cell.batch_size, *parse_image(cell.image).shape, device=training.device)
    images = (2 * images - 1).contiguous(memory_format=layout)
    return _inference(cell, training, training.players.discriminator.network, images)


def _inference(cell: Cell, training: Training, network: nn.Module, inputs: Tensor) -> Workload:
    device, dtype = training.device, training.players.dtype
    labels = torch.arange(cell.batch_size, device=device) % CLASSES if training.class_names else None
    network.eval()

    def step_of(forward: Callable[..., Any]) -> Step:
        @torch.inference_mode()
        def step() -> object:
            with autocast(device, dtype):
                return forward(inputs, labels)

        return step

    return Workload(
        step=step_of(torch.compile(network) if cell.compile else network),
        plain_step=step_of(network),
        images_per_step=cell.batch_size,
        cycle=1,
        networks=(network,),
        average=None,
        optimizers=(),
        parameters=_parameters(training),
        training=None,
        channels_last=cell.channels_last,
    )
