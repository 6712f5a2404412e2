"""What a cell does again and again: the networks, their inputs, and one step as a function.

`train-step` is the engine's `take_step` itself, which `ganzoo train` calls, on a data set of noise. It holds
all that a training does at every step: the schedule, drawing the batch, both updates, the average, adding up
the losses; not what it does now and then (metrics, grids, checkpoints).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import gcd
from typing import Any, Final

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from ganzoo.benchmark.measure.cells import CLASSES, DATASET, Cell, configuration
from ganzoo.benchmark.measure.clocks import Step
from ganzoo.benchmark.report import Parameters
from ganzoo.devices import autocast, choose_device
from ganzoo.engine.distributed import World
from ganzoo.engine.engine import Engine
from ganzoo.engine.preparation import prepare
from ganzoo.images import ImageSpec
from ganzoo.settings.binding import bind
from ganzoo.settings.configuration import NAME, TRAINING
from ganzoo.settings.merging import resolve

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
    engine: Engine | None
    """Whose step it is, for `train-step`."""


def build(cell: Cell) -> Workload:
    """Builds the networks of a cell, freshly initialised, and what they work on.

    Raises:
        UsageError: the model can't draw such images, or the device lacks the precision.
        PluginError: a plugin can't be loaded.
    """
    engine = _prepare(cell, choose_device(cell.device))
    make = {"train-step": _train_step, "generate": _generate, "discriminate": _discriminate}[cell.phase]
    return make(cell, engine)


def _prepare(cell: Cell, device: torch.device) -> Engine:
    image = ImageSpec.parse(cell.image)
    chosen = {
        **configuration(cell.model, cell.components),
        f"dataset.{NAME}": DATASET,
        "dataset.channels": image.channels,
        "dataset.height": image.height,
        "dataset.width": image.width,
        "dataset.classes": CLASSES,
        "dataset.count": _BATCHES * cell.batch_size,
        f"{TRAINING}.batch_size": cell.batch_size,
        f"{TRAINING}.precision": cell.precision,
        f"{TRAINING}.compile": cell.compile and cell.phase == "train-step",
        f"{TRAINING}.seed": cell.seed,
    }
    layout = torch.channels_last if cell.channels_last else torch.contiguous_format
    return prepare(bind(resolve(chosen)), device, World(), layout)


def _parameters(engine: Engine) -> Parameters:
    def count(network: nn.Module) -> int:
        return sum(parameter.numel() for parameter in network.parameters() if parameter.requires_grad)

    players = engine.equipment.players
    return Parameters(
        generator=count(players.generator.network), discriminator=count(players.discriminator.network)
    )


def _train_step(cell: Cell, engine: Engine) -> Workload:
    equipment = engine.equipment
    players, average = equipment.players, equipment.average
    return Workload(
        step=engine.take_step,
        plain_step=engine.uncompiled().take_step,
        images_per_step=equipment.images_per_step,
        cycle=_cycle(engine),
        networks=(players.generator.network, players.discriminator.network),
        average=None if average is None else average.average,
        optimizers=(players.generator.optimizer, players.discriminator.optimizer),
        parameters=_parameters(engine),
        engine=engine,
    )


def _cycle(engine: Engine) -> int:
    regularisation = engine.equipment.players.regularisation
    updates = engine.equipment.settings.discriminator_steps
    return 1 if regularisation is None else regularisation.every // gcd(regularisation.every, updates)


def _generate(cell: Cell, engine: Engine) -> Workload:
    """Images from the averaged generator: from the generator itself where the recipe keeps no average."""
    generator = engine.sampled_generator
    latents = torch.randn(cell.batch_size, generator.latent_dim, device=engine.equipment.device)
    return _inference(cell, engine, generator, latents)


def _discriminate(cell: Cell, engine: Engine) -> Workload:
    """Logits of images."""
    equipment = engine.equipment
    images = torch.rand(cell.batch_size, *ImageSpec.parse(cell.image).shape, device=equipment.device)
    images = (2 * images - 1).contiguous(memory_format=equipment.layout)
    return _inference(cell, engine, equipment.players.discriminator.network, images)


def _inference(cell: Cell, engine: Engine, network: nn.Module, inputs: Tensor) -> Workload:
    device, dtype = engine.equipment.device, engine.equipment.players.dtype
    is_conditional = bool(engine.equipment.class_names)
    labels = torch.arange(cell.batch_size, device=device) % CLASSES if is_conditional else None
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
        parameters=_parameters(engine),
        engine=None,
    )
