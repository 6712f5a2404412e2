"""What a cell does again and again: the networks, their inputs, and one step as a function.

`train-step` is the engine's `take_step` itself, which `ganzoo train` calls, on a data set of noise. It holds
all that a training does at every step: the schedule, drawing the batch, both updates, the average, adding up
the losses; not what it does now and then (metrics, grids, checkpoints).
"""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import count
from math import gcd, lcm
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from ganzoo.benchmark.measure.cells import CLASSES, Cell, sources
from ganzoo.benchmark.measure.clocks import Step
from ganzoo.benchmark.report import Parameters
from ganzoo.devices import autocast, choose_device
from ganzoo.engine.distributed import World
from ganzoo.engine.engine import Engine
from ganzoo.engine.preparation import prepare
from ganzoo.engine.readings import readings
from ganzoo.images import ImageSpec
from ganzoo.runs.metrics import append_line
from ganzoo.settings.binding import bind
from ganzoo.settings.configuration import RUN
from ganzoo.settings.merging import resolve
from ganzoo.settings.run import RunSettings


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
    """Whose step it is, for `train-step` and `run`."""
    lines_every: int = 1
    """Steps between lines of metrics, of which one is written in every sample."""

    @property
    def sampled(self) -> int:
        """Steps of which a sample is the mean: whole cycles, with their lines of metrics."""
        return lcm(self.cycle, self.lines_every)


def build(cell: Cell) -> Workload:
    """Builds the networks of a cell, freshly initialised, and what they work on.

    Raises:
        UsageError: the model can't draw such images, or the device lacks the precision.
        PluginError: a plugin can't be loaded.
    """
    engine = _prepare(cell, choose_device(cell.device))
    make = {
        "train-step": _train_step,
        "generate": _generate,
        "discriminate": _discriminate,
        "data": _data,
        "run": _run,
    }[cell.phase]
    return make(cell, engine)


def require_trainable(cell: Cell) -> None:
    """Prepares the training of a cell and lets go of it; raises as `build` does."""
    _prepare(cell, choose_device(cell.device))


def _prepare(cell: Cell, device: torch.device) -> Engine:
    layout = torch.channels_last if cell.channels_last else torch.contiguous_format
    return prepare(bind(resolve(*sources(cell))), device, World(), layout)


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


def _run(cell: Cell, engine: Engine) -> Workload:
    """The same step and, at the interval of the settings, the line of metrics: both losses and the readings
    are fetched from the device and written to a file.
    """
    every = int(cell.settings.get(f"{RUN}.log_every", RunSettings().log_every))
    folder = Path(tempfile.mkdtemp(prefix="ganzoo-bench-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)

    base, equipment = _train_step(cell, engine), engine.equipment

    def with_lines(take: Callable[[], Any]) -> Step:
        taken = count(1)

        def step() -> object:
            result = take()
            if next(taken) % every == 0:
                line: dict[str, Any] = {"losses": engine.totals.means(equipment.world)}
                line |= readings(result, equipment.players, equipment.world)
                append_line(folder / "metrics.jsonl", line)
            return result

        return step

    return replace(base, step=with_lines(base.step), plain_step=base.plain_step, lines_every=every)


def _data(cell: Cell, engine: Engine) -> Workload:
    """The batches of a training step, gathered and scaled as it takes them."""
    return Workload(
        step=engine.take_batches,
        plain_step=engine.take_batches,
        images_per_step=engine.equipment.images_per_step,
        cycle=1,
        networks=(),
        average=None,
        optimizers=(),
        parameters=_parameters(engine),
        engine=None,
    )


def _cycle(engine: Engine) -> int:
    regularisation = engine.equipment.players.regularisation
    if regularisation is None:
        return 1
    is_of_generator = regularisation.acts_on == "generator"
    updates = 1 if is_of_generator else engine.equipment.settings.discriminator_steps
    return regularisation.every // gcd(regularisation.every, updates)


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
