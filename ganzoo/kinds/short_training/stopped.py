"""A training that ends as if it were killed, for `python -m ganzoo.kinds.short_training.stopped JSON`."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from ganzoo.kinds.short_training.patterns import Patterns
from ganzoo.training.call import train
from ganzoo.training.observer import TrainingStart

KILLED = 73
"""Exit code of the process where everything went as it should."""


class _Killer:
    """Ends the process after a step, without a goodbye."""

    def __init__(self, step: int) -> None:
        self._step = step

    def started(self, start: TrainingStart) -> None:
        """Lets it begin."""

    def progressed(self, metrics: Mapping[str, Any]) -> None:
        """Ends it."""
        if metrics["step"] >= self._step:
            os._exit(KILLED)

    def sampled(self, path: Path) -> None:
        """Lets it draw."""

    def warned(self, message: str) -> None:
        """Lets it warn."""


if __name__ == "__main__":
    given = json.loads(sys.argv[1])
    torch.set_num_threads(given["threads"])
    train(
        given["model"],
        dataset=Patterns,
        settings=given["settings"],
        out=given["out"],
        observer=_Killer(given["step"]),
    )
