"""Trains in the process that it is called in, and knows what the weights have to be."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Final

import torch

import ganzoo
from ganzoo.training.observer import TrainingStart

SETTINGS: Final = {
    "model.channels": 4, "training.max_steps": 4, "training.batch_size": 16, "training.precision": "fp32",
    "run.device": "cpu", "run.log_every": 1, "run.checkpoint_every": 1,
}  # fmt: skip
"""A line of metrics and a checkpoint at each of four steps."""


class Watcher:
    """An observer that does something at a step."""

    def __init__(self, act: Callable[[int], object] = lambda step: None) -> None:
        self._act = act

    def started(self, start: TrainingStart) -> None:
        """Nothing."""

    def progressed(self, metrics: Mapping[str, Any]) -> None:
        """Acts."""
        self._act(int(metrics["step"]))

    def sampled(self, path: Path) -> None:
        """Nothing."""

    def warned(self, message: str) -> None:
        """Nothing."""


class Guest:
    """Trains in a folder of its own, and knows what the weights have to be."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._count = folder, 0
        self._expected = self.weights(self.train())

    @property
    def newest(self) -> Path:
        """The folder of the training begun last."""
        return self._folder / f"run-{os.getpid()}-{self._count}"

    def train(self, act: Callable[[int], object] = lambda step: None, **settings: Any) -> ganzoo.Run:
        """Trains in a new folder."""
        self._count += 1
        return ganzoo.train(
            "dcgan",
            dataset="digits",
            settings={**SETTINGS, **settings},
            out=self.newest,
            observer=Watcher(act),
        )

    def resume(self) -> ganzoo.Run:
        """Goes on with what was begun last, or begins it where it has no folder yet."""
        if not self.newest.exists():
            return self.train()
        return ganzoo.resume(self.newest, observer=Watcher())

    @staticmethod
    def weights(run: os.PathLike[str]) -> dict[str, torch.Tensor]:
        """All weights of the generator."""
        return ganzoo.load(run).generator.state_dict()

    def fault(self, run: os.PathLike[str]) -> str | None:
        """Whether a run ended as the one that nobody disturbed."""
        weights = self.weights(run)
        same = all(torch.equal(weights[name], tensor) for name, tensor in self._expected.items())
        litter = [path.name for path in Path(run).rglob(".*")]
        if litter:
            return f"{', '.join(litter)} is left over"
        return None if same and weights.keys() == self._expected.keys() else "the weights are others"


@contextmanager
def _set(change: Callable[[Any], object], value: Any, usual: Any) -> Iterator[None]:
    change(value)
    try:
        yield
    finally:
        change(usual)


def torch_settings() -> dict[str, Callable[[], AbstractContextManager[object]]]:
    """What a notebook may have set, by name."""
    return {
        "float64": lambda: _set(torch.set_default_dtype, torch.float64, torch.float32),
        "bfloat16": lambda: _set(torch.set_default_dtype, torch.bfloat16, torch.float32),
        "another default device": lambda: _set(torch.set_default_device, "meta", None),
        "no gradients": lambda: _set(torch.set_grad_enabled, False, True),
        "inference mode": torch.inference_mode,
        "autocast": lambda: torch.autocast("cpu", torch.bfloat16),
        "deterministic algorithms": lambda: _set(torch.use_deterministic_algorithms, True, False),
        "anomaly detection": torch.autograd.detect_anomaly,
    }
