"""The means of the losses since the last line of metrics.jsonl, the speed, and the share of the peak."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from torch import Tensor

from ganzoo.engine.engine import Engine
from ganzoo.training.stopwatch import Stopwatch
from ganzoo.training.utilisation import Utilisation


class Meter:
    """Reads an engine's totals, and times its steps."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.utilisation = Utilisation(engine)
        self._time = Stopwatch(time.monotonic)
        self._processor_time = Stopwatch(time.process_time)
        self._interval_began = 0.0
        self._first_step = engine.step

    def read(self) -> dict[str, Any]:
        """What a line of losses says of the interval since the last call; a new interval begins."""
        equipment = self._engine.equipment
        discriminator_loss, generator_loss, penalty = self._engine.totals.means(equipment.world)
        now = self.seconds
        images = (self._engine.step - self._first_step) * equipment.images_per_step
        speed = images / max(now - self._interval_began, 1e-9)
        utilisation = self.utilisation.share_of_peak(speed)
        line = {
            "discriminator_loss": discriminator_loss,
            "generator_loss": generator_loss,
            **({} if penalty is None else {"penalty": penalty}),
            "images_per_second": round(speed, 2),
            **({} if utilisation is None else {"mfu": round(utilisation, 5)}),
            "seconds": round(now, 3),
            "processor_seconds": round(self.processor_seconds, 3),
        }
        self._interval_began, self._first_step = now, self._engine.step
        return line

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Leaves out the time spent inside, from the speed and from the totals."""
        with self._time.paused(), self._processor_time.paused():
            yield

    @property
    def seconds(self) -> float:
        """Time spent training, over all resumptions."""
        return self._time.seconds

    @property
    def processor_seconds(self) -> float:
        """Time of the processor that the threads of this process spent training, over all resumptions."""
        return self._processor_time.seconds

    def state(self) -> tuple[Tensor, dict[str, Any]]:
        """The totals, and the rest as JSON, for a checkpoint in the middle of an interval."""
        totals = self._engine.totals
        sums = self._engine.equipment.world.average(totals.sums.clone())
        return sums, {
            "steps": totals.steps,
            "seconds": self.seconds,
            "processor_seconds": self.processor_seconds,
            "has_penalty": totals.has_penalty,
        }

    def restore(self, sums: Tensor, state: Mapping[str, Any]) -> None:
        """Goes on where `state` was taken.

        Raises:
            ArithmeticError, KeyError, TypeError, ValueError: it is no such state.
        """
        seconds = float(state["seconds"])
        processor_seconds = float(state.get("processor_seconds", seconds))  # older checkpoints don't have it
        if not (math.isfinite(seconds) and math.isfinite(processor_seconds)):
            raise ValueError(f"it has trained for {seconds} seconds, {processor_seconds} of the processor")
        self._engine.totals.restore(sums, int(state["steps"]), bool(state["has_penalty"]))
        self._time.add(seconds)
        self._interval_began += seconds
        self._processor_time.add(processor_seconds)
        self._first_step = self._engine.step
