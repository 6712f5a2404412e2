"""A device to try the promises on that only a CUDA device can keep or break.

Everything here skips where there is none. `GANZOO_TEST_DEVICE=cpu` runs what a CPU can run too, to try the
tests themselves.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

import ganzoo
from ganzoo.plugins import discovery, lookup
from ganzoo.runs.folder import Run

TINY: dict[str, Any] = {
    "latent_dim": 8,
    "style_dim": 8,
    "channels": 8,
    "discriminator_channels": 8,
    "projection_channels": 8,
    "max_channels": 16,
    "blocks": 1,
    "hidden": (16,),
    "resolution": 32,
    "weights": "random",
}
"""Settings that make a model small, where it has them."""


@pytest.fixture(scope="session")
def device() -> str:
    """The device that is tried."""
    name = os.environ.get("GANZOO_TEST_DEVICE", "cuda")
    if name == "cuda" and not torch.cuda.is_available():
        pytest.skip("no CUDA device here")
    return name


@pytest.fixture
def cuda(device: str) -> str:
    """As `device`, for what no other device has."""
    if device == "cpu":
        pytest.skip("only a CUDA device has it")
    return device


class Messages:
    """An observer that keeps what it is told."""

    def __init__(self) -> None:
        self.warnings: list[str] = []

    def started(self, plan: Any) -> None: ...
    def progressed(self, metrics: Any) -> None: ...
    def sampled(self, path: Path) -> None: ...

    def warned(self, message: str) -> None:
        self.warnings.append(message)


@pytest.fixture
def messages() -> type[Messages]:
    """The class of observers that keep what they are told."""
    return Messages


@pytest.fixture
def settings_of() -> Callable[[str], dict[str, Any]]:
    """What makes a training of a model tiny, on images that it can draw."""

    def settings(model: str) -> dict[str, Any]:
        card = discovery.card(lookup.find("model", model))
        side = max(8, card.attributes.get("image_sides", {}).get("least", 8))
        own = {f"model.{name}": TINY[name] for name in card.setting_names() if name in TINY}
        data = {"height": side, "width": side, "channels": 3, "classes": 4, "count": 64}
        return {
            **own,
            **{f"dataset.{key}": value for key, value in data.items()},
            "training.batch_size": 8,
            "training.discriminator_steps": 1,
            "training.schedule_images": 64,
            "run.log_every": 1,
            "run.sample_every": 10**6,
        }

    return settings


Train = Callable[..., Run]


@pytest.fixture
def train(device: str, tmp_path: Path, settings_of: Callable[[str], dict[str, Any]]) -> Train:
    """Trains a tiny model on noise: `train("dcgan", "out", {"training.max_steps": 2}, objective="hinge")`."""
    from ganzoo.benchmark.measure.synthetic import SyntheticImages

    def run(model: str, out: str, settings: dict[str, Any], observer: Any = None, **components: str) -> Run:
        return ganzoo.train(
            model,
            dataset=f"{Path(str(discovery.__file__)).parents[1] / 'benchmark/measure/synthetic.py'}:"
            f"{SyntheticImages.__name__}",
            settings={**settings_of(model), "run.device": device, **settings},
            out=tmp_path / out,
            observer=observer or Messages(),
            **components,
        )

    return run
