"""Trackers: what follows a training and takes its figures and pictures elsewhere."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

End = Literal["finished", "stopped", "diverged", "failed"]
"""How a training ended: with its last step, as it was asked to, with a number that is not finite, or with
another error."""


@dataclass(frozen=True)
class TrackedTraining:
    """What a tracker is told of a run that begins or goes on."""

    folder: Path
    """The run folder. A tracker that writes here does so in a folder of its own name."""
    configuration: Mapping[str, Mapping[str, Any]]
    """Every setting, section to key to value, as the run's config.json has them."""
    first_step: int
    """Steps that are behind it, 0 of a new run. Where a run goes on, what came after them is told again."""
    total_steps: int
    """Steps after which it ends."""


class Tracker(ABC):
    """Follows a training. The core calls `Class(config)` in every process of it, and the methods in the main
    process alone, one after the other, in the training's own thread.

    Whatever the constructor raises of `ganzoo.errors` refuses the training: it is the place to say that a
    package is missing. Once it has begun, an exception is told to the user once and the tracker is called no
    more. Random numbers and torch's settings are afterwards as they were before each call.
    """

    @abstractmethod
    def started(self, run: TrackedTraining) -> None:
        """Called first, before the first step. What it had written of a run that goes on is kept."""

    @abstractmethod
    def measured(self, step: int, images: int, figures: Mapping[str, float]) -> None:
        """Called with the losses and readings of the steps since the last call, and with each evaluation.

        Args:
            step: updates of the generator so far.
            images: real images that both players have seen so far.
            figures: finite numbers by name, `generator_loss` or `frechet-distance (classifier)`.
        """

    @abstractmethod
    def sampled(self, step: int, images: int, grid: Path) -> None:
        """Called with each sample grid, a PNG file: always of the same latents."""

    @abstractmethod
    def ended(self, how: End) -> None:
        """Called last."""
