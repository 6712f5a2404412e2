"""Adds losses up on the device and reads them back once an interval."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

from ganzoo.training.distributed import World


class Meter:
    """The means of the losses since the last line of metrics.jsonl, and the speed."""

    def __init__(self, device: torch.device, world: World) -> None:
        self._world = world
        # float64 adds float32 losses exactly, so a sum doesn't depend on where a run was resumed.
        self._sums = torch.zeros(
            3, dtype=torch.float32 if device.type == "mps" else torch.float64, device=device
        )
        self._steps = self._images = 0
        self._has_penalty = False
        self._seconds_before = 0.0
        self._began = self._interval_began = time.monotonic()

    def add(
        self, discriminator_loss: Tensor, generator_loss: Tensor, penalty: Tensor | None, images: int
    ) -> None:
        """Counts one step. A penalty that is only due now and then is averaged over all steps."""
        nothing = torch.zeros_like(generator_loss)
        self._sums += torch.stack(
            (discriminator_loss, generator_loss, nothing if penalty is None else penalty)
        )
        self._has_penalty |= penalty is not None
        self._steps += 1
        self._images += images

    def read(self) -> dict[str, Any]:
        """Means over the interval, which begins anew."""
        discriminator_loss, generator_loss, penalty = (self._world.average(self._sums) / self._steps).tolist()
        now = time.monotonic()
        line = {
            "discriminator_loss": discriminator_loss,
            "generator_loss": generator_loss,
            **({"penalty": penalty} if self._has_penalty else {}),
            "images_per_second": round(self._images / max(now - self._interval_began, 1e-9), 2),
            "seconds": round(self.seconds, 3),
        }
        self._sums = torch.zeros_like(self._sums)
        self._steps = self._images = 0
        self._interval_began = now
        return line

    @contextmanager
    def paused(self) -> Iterator[None]:
        """What happens inside is no training: its time counts neither for the speed nor for the total."""
        began = time.monotonic()
        yield
        away = time.monotonic() - began
        self._began += away
        self._interval_began += away

    @property
    def seconds(self) -> float:
        """Time spent training, over all resumptions."""
        return self._seconds_before + time.monotonic() - self._began

    def state(self) -> tuple[Tensor, dict[str, Any]]:
        """The sums, and the rest as JSON, for a checkpoint in the middle of an interval."""
        sums = self._world.average(self._sums.clone())
        return sums, {"steps": self._steps, "seconds": self.seconds, "has_penalty": self._has_penalty}

    def restore(self, sums: Tensor, state: Mapping[str, Any]) -> None:
        """Goes on where `state` was taken."""
        self._sums = sums.to(self._sums)
        self._steps = int(state["steps"])
        self._seconds_before = float(state["seconds"])
        self._has_penalty = bool(state["has_penalty"])
