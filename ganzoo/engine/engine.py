"""The engine of a training: takes its steps, one after the other. A benchmark times the same steps."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import torch
from torch import nn

from ganzoo.engine.average import MovingAverage
from ganzoo.engine.captured import Batches, CapturedStep, require_capturable
from ganzoo.engine.data import TrainingData, dequantise, flip_at_random, normalise
from ganzoo.engine.distributed import World
from ganzoo.engine.optimizer_state import state_of
from ganzoo.engine.parts import part
from ganzoo.engine.players import Players
from ganzoo.engine.schedule import apply_schedule, scheduled
from ganzoo.engine.step import StepResult, generator_is_penalised, penalised_updates, training_step
from ganzoo.engine.storage import require_same_tensors, saved_shapes
from ganzoo.engine.totals import LossTotals
from ganzoo.interfaces import Batch, Generator
from ganzoo.settings.training import TrainingSettings


@dataclass(frozen=True, kw_only=True)
class Equipment:
    """All that the steps of a training are taken with."""

    settings: TrainingSettings
    device: torch.device
    layout: torch.memory_format
    """Of images and weights in memory."""
    world: World
    players: Players
    average: MovingAverage | None
    data: TrainingData
    num_images: int
    class_names: tuple[str, ...]
    """Of the labels; empty where the model takes none."""
    class_counts: Mapping[str, int]
    """Images of each class of the data, whether the model takes labels or not."""
    trained_on: Callable[[], Mapping[str, Any]]
    """What tells the data from others: their `checksum`, computed beside the first steps, and the
    `class_names` of all labels."""

    @property
    def steps_per_epoch(self) -> int:
        """Updates of the generator while all images are shown once."""
        return self.settings.steps_per_epoch(self.num_images)

    @property
    def total_steps(self) -> int:
        """Updates of the generator until the end."""
        return self.settings.total_steps(self.num_images)

    @property
    def images_per_step(self) -> int:
        """Real images that a step teaches the discriminator with, over all processes."""
        return self.settings.images_per_step

    @property
    def batches_per_step(self) -> int:
        """Batches of real images that a step takes: one for each update of the discriminator, and one more
        where the generator's fresh fakes are compared with real images.
        """
        is_one_more = self.settings.fresh_fakes and self.players.objective.relativistic
        return self.settings.discriminator_steps + is_one_more


class Engine:
    """Takes the steps of a training, from step 0 or from the step of a checkpoint.

    Raises:
        UsageError: `training.cuda_graph` is set, and this training can't be captured.
    """

    def __init__(self, equipment: Equipment) -> None:
        self.equipment = equipment
        self.step = 0
        """Steps taken so far."""
        self.totals = LossTotals(equipment.device)
        self._batches: Iterator[list[Batch]] | None = None
        self._take = _step_function(equipment)
        self._built_with = saved_shapes(self._modules())

    def go_to(self, step: int) -> None:
        """Goes on from `step`; weights, optimisers and random states are for the caller to restore."""
        self.step, self._batches = step, None

    def take_step(self) -> StepResult:
        """Takes one step with all that belongs to it: schedule, batches, both updates, the average.

        Raises:
            GanzooError: the first step has shown that no checkpoint could be restored.
        """
        equipment, settings, players = self.equipment, self.equipment.settings, self.equipment.players
        now = scheduled(
            settings, self.step * settings.images_per_step, settings.schedule_length(equipment.num_images)
        )
        apply_schedule(players, settings, now)
        is_first = self._batches is None
        with part("data"):
            batches = self.take_batches()
        result = self._take(batches, self.step)
        if is_first:
            self.require_restorable()
        self.step += 1
        # After the step, not before the next one: a checkpoint holds what every process goes on with.
        networks = (players.generator.network, players.discriminator.network)
        for module in (*networks, *players.stateful_parts.values()):
            equipment.world.average_buffers(module)
        if equipment.average is not None:
            with part("moving average"):
                equipment.average.update(players.generator.network, now.average_decay)
        self.totals.add(result)
        return result

    def take_batches(self) -> list[list[Batch]]:
        """The batches of real images that the next step is taken with, in micro-batches."""
        if self._batches is None:
            self._batches = _batches(self.equipment, self.step)
        return [next(self._batches) for _ in range(self.equipment.batches_per_step)]

    @property
    def sampled_generator(self) -> Generator:
        """The generator that samples come from: the average where there is one."""
        average, players = self.equipment.average, self.equipment.players
        return players.generator_network if average is None else average.generator

    def require_restorable(self) -> None:
        """Refuses to go on where a checkpoint could not be restored.

        Raises:
            GanzooError: a network has made, dropped or resized a tensor since it was built, or an optimiser
                keeps what no checkpoint can hold.
        """
        require_same_tensors(self._modules(), self._built_with)
        for player in (self.equipment.players.generator, self.equipment.players.discriminator):
            state_of(player.optimizer)

    def _modules(self) -> dict[str, nn.Module]:
        """All that a checkpoint holds the tensors of."""
        equipment, players = self.equipment, self.equipment.players
        average = equipment.average
        modules = {
            "generator": players.generator.network,
            "discriminator": players.discriminator.network,
            "generator's average": None if average is None else average.average,
        }
        present = {called: module for called, module in modules.items() if module is not None}
        return present | players.stateful_parts

    def uncompiled(self) -> Engine:
        """An engine for the same players without compilation, so that the operators of a step can be seen."""
        engine = Engine(replace(self.equipment, players=self.equipment.players.uncompiled()))
        engine.go_to(self.step)
        return engine


def _batches(equipment: Equipment, step: int) -> Iterator[list[Batch]]:
    """Yields, without end, the batches of real images that steps take, in micro-batches.

    Args:
        equipment: data and settings.
        step: the one whose batches come first.
    """
    settings, is_conditional = equipment.settings, bool(equipment.class_names)
    for images, labels in equipment.data.from_batch(step * equipment.batches_per_step):
        real = dequantise(images) if settings.dequantise else normalise(images)
        real = flip_at_random(real) if settings.flip else real
        real = real.contiguous(memory_format=equipment.layout)
        pieces = zip(real.chunk(settings.accumulate), labels.chunk(settings.accumulate), strict=True)
        yield [Batch(images, labels if is_conditional else None) for images, labels in pieces]


def _step_function(equipment: Equipment) -> Callable[[Batches, int], StepResult]:
    """The training step of these players, captured as a CUDA graph where the settings ask for it.

    It is called with the batches of the step and the number of steps taken before.
    """
    players, settings = equipment.players, equipment.settings

    updates = settings.discriminator_steps

    def step_with(penalised: tuple[bool, ...], of_generator: bool) -> Callable[[Batches], StepResult]:
        def take(batches: Batches) -> StepResult:
            for_generator = batches[-1] if settings.fresh_fakes else None
            return training_step(players, batches[:updates], penalised, for_generator, of_generator)

        return take

    if settings.cuda_graph:
        require_capturable(players, settings, equipment.device, equipment.world)
        eager = step_with
        # A graph replays what it recorded: steps with a penalty and steps without are two graphs.
        networks = players.generator.network, players.discriminator.network
        parameters = [parameter for network in networks for parameter in network.parameters()]
        step_with = cache(lambda *penalised: CapturedStep(eager(*penalised), parameters=parameters))

    def take_step(batches: Batches, step: int) -> StepResult:
        penalised = penalised_updates(players, step, updates)
        return step_with(penalised, generator_is_penalised(players, step))(batches)

    return take_step
