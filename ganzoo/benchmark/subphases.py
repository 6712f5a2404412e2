"""Where a training step spends its time: the engine's own step, taken with marks at its seams.

The networks, scalers, regularisation and augmentation are handed to the step from outside; here they
are handed over wrapped in ones that also say which part of the step begins. The step itself is the
one that trains, without a flag in it, and it is timed elsewhere without any of this.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import cycle, pairwise
from typing import Any, Final, cast, final

import numpy as np
from torch import Tensor
from torch.amp import GradScaler

from ganzoo.benchmark.clocks import Clock, Step
from ganzoo.benchmark.report import Subphase
from ganzoo.benchmark.workload import Workload, training_step
from ganzoo.interfaces import Augmentation, Batch, Discriminator, Judge, Regularisation
from ganzoo.training.step import Player, Players

OTHER: Final = "other"
"""Noise, losses, zeroing of gradients and Python between the parts that have a name."""

Entered = Callable[[str], None]
"""Is told the name of the part that begins, which ends the one before."""


def marked_step(workload: Workload, entered: Entered) -> Step:
    """The training step of a workload, saying what it is about to do."""
    assert workload.training is not None, "only a training step has parts"
    players = _marked(workload.training.players, entered)
    return training_step(workload.training, players, workload.channels_last, entered)


def measure(workload: Workload, clock: Clock, cycles: int) -> dict[str, Subphase]:
    """Times the parts of a step, in the order in which they first begin.

    A part's time is that of all its turns in a cycle of steps, by the steps; parts add up to the step.
    """
    taken: list[list[tuple[str, Any]]] = []
    step = marked_step(workload, lambda name: taken[-1].append((name, clock.mark())))
    for _ in range(cycles):
        taken.append([(OTHER, clock.mark())])
        for _ in range(workload.cycle):
            step()
        taken[-1].append((OTHER, clock.mark()))
    clock.wait()
    names = [name for name in dict.fromkeys(name for marks in taken for name, _ in marks) if name != OTHER]
    times: dict[str, list[int]] = {name: [] for name in [*names, OTHER]}
    for marks in taken:
        sums = dict.fromkeys(times, 0)
        for (name, begin), (_, end) in pairwise(marks):
            sums[name] += clock.between_ns(begin, end)
        for name, total in sums.items():
            times[name].append(total)
    medians = {name: int(np.median(samples) / workload.cycle) for name, samples in times.items()}
    whole = sum(medians.values())
    return {
        name: Subphase(median_ns=median, share=median / whole, samples=cycles)
        for name, median in medians.items()
    }


def _marked(players: Players, entered: Entered) -> Players:
    parts = _Parts(entered)

    network, is_real = players.discriminator.network, cycle((True, False))

    def discriminator_turn() -> str:
        # While the generator learns, the discriminator's parameters take no gradients.
        if not any(parameter.requires_grad for parameter in network.parameters()):
            return "discriminator forward, for generator"
        return "discriminator forward, " + ("real" if next(is_real) else "fake")

    marked = dataclasses.replace(
        players,
        generator=_marked_player(players.generator, "generator", lambda: "generator forward", parts),
        discriminator=_marked_player(players.discriminator, "discriminator", discriminator_turn, parts),
    )
    if players.regularisation is not None:
        marked = dataclasses.replace(
            marked, regularisation=_MarkedRegularisation(players.regularisation, parts)
        )
    if players.augmentation is not None:
        marked = dataclasses.replace(marked, augmentation=_MarkedAugmentation(players.augmentation, parts))
    return marked


class _Parts:
    """Names stretches of time; inside a stretch that has a name, no other begins."""

    def __init__(self, entered: Entered) -> None:
        self.entered = entered
        self._is_inside = False

    @contextmanager
    def named(self, name: Callable[[], str]) -> Iterator[None]:
        """Names what it surrounds."""
        if self._is_inside:
            yield
            return
        self._is_inside = True
        self.entered(name())
        try:
            yield
        finally:
            self._is_inside = False
            self.entered(OTHER)


def _marked_player(player: Player, name: str, turn: Callable[[], str], parts: _Parts) -> Player:
    def forward(inputs: Tensor, labels: Tensor | None) -> Any:
        with parts.named(turn):
            return player.forward(inputs, labels)

    scaler = cast(GradScaler, _MarkedScaler(player.scaler, name, parts.entered))
    return dataclasses.replace(player, forward=forward, scaler=scaler)


@final
class _MarkedRegularisation(Regularisation):
    """A regularisation whose penalty, passes through the discriminator included, is a part."""

    def __init__(self, regularisation: Regularisation, parts: _Parts) -> None:
        self.every = regularisation.every
        self._regularisation, self._parts = regularisation, parts

    def penalty(self, judge: Judge, real: Batch, fake: Batch) -> Tensor:
        with self._parts.named(lambda: "penalty"):
            return self._regularisation.penalty(judge, real, fake)

    def constrain(self, discriminator: Discriminator) -> None:
        self._regularisation.constrain(discriminator)


@final
class _MarkedAugmentation(Augmentation):
    """An augmentation that is a part."""

    def __init__(self, augmentation: Augmentation, parts: _Parts) -> None:
        super().__init__()
        self._augmentation, self._parts = augmentation, parts

    def forward(self, images: Tensor) -> Tensor:
        with self._parts.named(lambda: "augmentation"):
            augmented: Tensor = self._augmentation(images)
        return augmented

    def adapt(self, real_logits: Tensor) -> None:
        self._augmentation.adapt(real_logits)


class _MarkedScaler:
    """A scaler of losses that says when a backward pass and an update begin."""

    def __init__(self, scaler: GradScaler, name: str, entered: Entered) -> None:
        self._scaler, self._name, self._entered = scaler, name, entered

    def scale(self, loss: Tensor) -> Tensor:
        """Comes right before the backward pass."""
        self._entered(f"{self._name} backward")
        scaled: Tensor = self._scaler.scale(loss)
        return scaled

    def step(self, optimizer: Any) -> Any:
        """The update."""
        self._entered(f"{self._name} update")
        return self._scaler.step(optimizer)

    def update(self) -> None:
        """Comes right after the update."""
        self._scaler.update()
        self._entered(OTHER)
