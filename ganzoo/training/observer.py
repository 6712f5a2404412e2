"""Who watches a training: what it is told at the start and on the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import torch

from ganzoo.engine.engine import Engine
from ganzoo.interfaces import ImageSpec
from ganzoo.runs.folder import Run
from ganzoo.settings.run import RunSettings
from ganzoo.torch_state import own_torch_state
from ganzoo.training.pace import Pace


@dataclass(frozen=True)
class TrainingStart:
    """What is about to happen, for whoever shows the progress."""

    run: Run
    first_step: int
    total_steps: int
    steps_per_epoch: int
    image: ImageSpec
    num_images: int
    class_counts: Mapping[str, int]
    """Images of each class."""
    device: torch.device
    precision: str
    processes: int
    generator_parameters: int
    discriminator_parameters: int
    sample_every: int | None
    """Steps between grids; None: one an epoch, and others by time."""
    evaluate_every: int | None
    """Steps between evaluations; None: there are none."""
    pace: Pace
    """How fast it goes, for as long as it goes; before the first step it knows nothing."""
    inherited: str | None = None
    """What was taken over from other weights, in words; None where nothing was, or where a run goes on."""


class Observer(Protocol):
    """Watches a training; called in the training's own thread, in the main process only."""

    def started(self, start: TrainingStart) -> None:
        """Called once, before the first step."""

    def progressed(self, metrics: Mapping[str, Any]) -> None:
        """Called with each line of losses in metrics.jsonl."""

    def sampled(self, path: Path) -> None:
        """Called when a sample grid has been written."""

    def warned(self, message: str) -> None:
        """Called when something is wrong, or not as exact as usual."""


class Undisturbing:
    """Tells another observer, and undoes what that does to torch's global state: watching changes no number.

    Args:
        observer: is told.
        device: where the training runs.
    """

    def __init__(self, observer: Observer, device: torch.device) -> None:
        self._observer, self._device = observer, device

    def started(self, start: TrainingStart) -> None:
        """Passes it on."""
        with own_torch_state(self._device):
            self._observer.started(start)

    def progressed(self, metrics: Mapping[str, Any]) -> None:
        """Passes it on."""
        with own_torch_state(self._device):
            self._observer.progressed(metrics)

    def sampled(self, path: Path) -> None:
        """Passes it on."""
        with own_torch_state(self._device):
            self._observer.sampled(path)

    def warned(self, message: str) -> None:
        """Passes it on."""
        with own_torch_state(self._device):
            self._observer.warned(message)


def describe_start(
    run: Run, engine: Engine, settings: RunSettings, pace: Pace, inherited: str | None
) -> TrainingStart:
    """What an observer is told of the training that an engine is about to take the steps of."""
    equipment = engine.equipment
    players = equipment.players
    return TrainingStart(
        run=run,
        first_step=engine.step,
        total_steps=equipment.total_steps,
        steps_per_epoch=equipment.steps_per_epoch,
        image=players.generator_network.image,
        num_images=equipment.num_images,
        class_counts=equipment.class_counts,
        device=equipment.device,
        precision=str(players.dtype).removeprefix("torch."),
        processes=equipment.world.size,
        generator_parameters=_count(players.generator.network),
        discriminator_parameters=_count(players.discriminator.network),
        sample_every=settings.sample_every,
        evaluate_every=settings.evaluate_every,
        pace=pace,
        inherited=inherited,
    )


def _count(network: torch.nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())
