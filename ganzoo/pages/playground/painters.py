"""A painter for each checkpoint that a run keeps, so that the same noise can be seen through time."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
from typing import Final

import torch

from ganzoo.errors import UsageError
from ganzoo.pages.playground.painter import Painter
from ganzoo.runs.checkpoints import by_step
from ganzoo.runs.trained import load

_LOADED: Final = 4
"""Generators that stay in memory besides the first one."""


class Painters:
    """The painters of a run.

    Args:
        newest: the one that is asked where no step is named.
        folder: of the checkpoints, which a training may be writing; None for a single generator.
        device: where the generators draw.
    """

    def __init__(
        self, newest: Painter, folder: Path | None = None, device: torch.device | None = None
    ) -> None:
        self.newest = newest
        self._folder, self._device = folder, device
        self._loaded: OrderedDict[int, Painter] = OrderedDict()

    def steps(self) -> list[int]:
        """The steps whose checkpoints are kept now, in order."""
        return [] if self._folder is None else sorted(by_step(self._folder))

    def at(self, step: int | None) -> Painter:
        """The painter of a step; None for the newest.

        Raises:
            UsageError: no checkpoint of this step is kept.
            GanzooError: it is damaged.
        """
        if step is None or step == self.newest.step:
            return self.newest
        if step not in self._loaded:
            kept = {} if self._folder is None else by_step(self._folder)
            if step not in kept:
                raise UsageError(f"no checkpoint of step {step:,} is kept")
            trained = load(kept[step])
            trained.generator.to(self._device)
            self._loaded[step] = Painter(trained)
            if len(self._loaded) > _LOADED:
                self._loaded.popitem(last=False)
        self._loaded.move_to_end(step)
        return self._loaded[step]
