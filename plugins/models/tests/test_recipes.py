"""What the recipes promise of a training, seen in the training itself."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
import torch

from ganzoo.engine.distributed import World
from ganzoo.engine.engine import Engine
from ganzoo.engine.preparation import prepare
from ganzoo.settings.binding import bind
from ganzoo.settings.configuration import flatten
from ganzoo.settings.merging import resolve

DRAWS_FRESH_FAKES = {
    "acgan": False, "cgan": False, "dcgan": False, "gan": False, "lightweight": False, "biggan": True,
    "projected": True, "r3gan": True, "r3gan-conditional": True, "reacgan": True, "sagan": True,
    "sngan": True, "sngan-projection": True, "stylegan2": True, "stylegan2-conditional": True,
    "wgan-gp": True,
}  # fmt: skip
"""By the released code of each paper; PyTorch's example for `dcgan`, the chapters for `gan` and `cgan`."""


@pytest.mark.parametrize("model", DRAWS_FRESH_FAKES)
def test_the_generator_draws_anew_where_the_released_code_does(model: str) -> None:
    settings = resolve({"model.name": model, "dataset.name": "digits"}).training
    assert settings is not None
    assert settings.fresh_fakes is DRAWS_FRESH_FAKES[model]


def narrow(model: str) -> Engine:
    chosen = {
        "model.name": model, "model.channels": 8, "model.blocks": 1, "dataset.name": "digits",
        "training.batch_size": 16, "training.precision": "fp32",
    }  # fmt: skip
    return prepare(bind(resolve(chosen)), torch.device("cpu"), World())


def test_r3gan_compares_images_of_one_class() -> None:
    """Huang et al., 2024, released code, Trainer.py: both images of a pair have the real one's condition."""
    result = narrow("r3gan-conditional").take_step()
    assert result.real.labels is not None
    assert result.fake.labels is not None
    assert len(result.real.labels.unique()) > 1
    assert torch.equal(result.fake.labels, result.real.labels)


RACED = tomllib.loads((Path(__file__).parent / "raced.toml").read_text(encoding="utf-8"))

SINCE_THE_RACE = (
    "training.fresh_fakes",
    "training.dequantise",
    "training.schedule",
    "training.epochs",
    "upsampling.padding",
)
"""All contenders shared their fakes and repeated pixels at the edge; schedules had hardly begun."""


@pytest.mark.parametrize("model", RACED)
def test_a_fast_recipe_is_what_was_raced(model: str) -> None:
    raced = flatten(RACED[model]) | {"model.name": model, "dataset.name": "digits"}
    fast = resolve({"model.name": model, "model.recipe": "fast", "dataset.name": "digits"})

    said, measured = (flatten(configuration.to_json()) for configuration in (fast, resolve(raced)))

    different = {key for key in said.keys() | measured.keys() if said.get(key) != measured.get(key)}
    assert {key for key in different if not key.startswith("run.")} <= set(SINCE_THE_RACE)
    assert fast.training is not None
    assert not fast.training.fresh_fakes
    assert fast.training.schedule == "constant"
