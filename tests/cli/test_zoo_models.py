"""Every architecture beyond the chapters', tiny: trains by its own recipe, resumes exactly, samples."""

from __future__ import annotations

import json
import math
import shutil
from typing import Any

import numpy as np
import pytest
import safetensors.torch
import timm
import torch
from PIL import Image

from ganzoo.interfaces import ImageSpec, Judgement
from ganzoo.plugins import loading, lookup
from ganzoo.runs import checkpoints
from ganzoo.runs.creation import create_model

SMALL = ("--batch-size", "8", "--set", "run.log_every=1")

TINY = {
    "sngan": ("model.channels=4", "model.discriminator_channels=4"),
    "sngan-projection": ("model.channels=4", "model.discriminator_channels=4"),
    "infogan": ("model.channels=4", "model.dense=16", "model.reading=8"),
    "acgan": ("model.channels=4", "model.discriminator_channels=2"),
    "wgan-gp": ("model.channels=4", "model.discriminator_channels=4"),
    "sagan": ("model.channels=8", "model.discriminator_channels=8"),
    "biggan": ("model.latent_dim=8", "model.channels=2", "model.discriminator_channels=4"),
    "reacgan": ("model.latent_dim=8", "model.channels=2", "model.discriminator_channels=4"),
    "r3gan": ("model.channels=8", "model.blocks=1"),
    "r3gan-conditional": ("model.channels=8", "model.blocks=1"),
    "stylegan2": ("model.channels=8", "model.latent_dim=8", "model.style_dim=8", "model.group_size=4"),
    "stylegan2-conditional": (
        "model.channels=8",
        "model.latent_dim=8",
        "model.style_dim=8",
        "model.group_size=4",
    ),
    "lightweight": ("model.channels=2", "model.discriminator_channels=2"),
    "projected": (
        "model.backbone=test_resnet",
        "model.weights=random",
        "model.resolution=64",
        "model.channels=1",
        "model.projection_channels=2",
        "model.discriminator_channels=2",
    ),
}
"""Model to the settings that make it small."""

PENALISED = {
    "wgan-gp",
    "acgan",
    "infogan",
    "reacgan",
    "r3gan",
    "r3gan-conditional",
    "lightweight",
    "stylegan2",
    "stylegan2-conditional",
}
"""Models whose discriminator minimises more than the objective."""


LARGER = {"lightweight"}
"""Models that draw nothing as small as the digits' 8x8."""


@pytest.fixture
def train(ganzoo, tmp_path):
    """Trains a model for some steps on digits, or on 32x32 noise."""

    def call(model: str, *arguments: object):
        data: tuple[object, ...] = ("--dataset", "digits")
        if model in LARGER:
            noise = np.random.default_rng(0)
            (tmp_path / "noise" / "any").mkdir(parents=True)
            for number in range(40):
                pixels = noise.integers(256, size=(32, 32, 3), dtype=np.uint8)
                Image.fromarray(pixels).save(tmp_path / "noise" / "any" / f"{number}.png")
            data = ("--dataset", "folder", "--data-dir", "noise", "--set", "dataset.size=32")
        tiny = [word for setting in TINY[model] for word in ("--set", setting)]
        return ganzoo("train", model, *data, *SMALL, *tiny, "--out", "run", *arguments)

    return call


QUICK = ("acgan", "lightweight", "r3gan-conditional", "reacgan", "wgan-gp")
"""Models that the quick tests train, one of each kind of step; the slow ones take the others."""

QUICK_IN_BFLOAT16 = ("acgan", "r3gan-conditional")
"""Of these, two whose steps round in different places: a classifier's loss, and gradients of gradients."""


def shared_out(quick: tuple[str, ...]) -> list[Any]:
    """Every model, those that are not quick marked as slow."""
    return [pytest.param(model, marks=[] if model in quick else [pytest.mark.slow]) for model in TINY]


@pytest.mark.parametrize("model", shared_out(QUICK))
def test_trains_resumes_exactly_and_samples(ganzoo, train, tmp_path, model):
    result = train(model, "--max-steps", 4, "--checkpoint-every", 2, "--precision", "fp32")
    assert result.code == 0, result.err
    run, other = tmp_path / "run", tmp_path / "other"
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == [1, 2, 3, 4]
    for line in lines:
        assert math.isfinite(line["discriminator_loss"])
        assert math.isfinite(line["generator_loss"])
        assert ("penalty" in line) == (model in PENALISED)

    shutil.copytree(run, other)
    result = ganzoo("train", "--resume", "other/checkpoints/step-00000002.safetensors")
    assert result.code == 0, result.err
    first, second = (
        checkpoints.read_tensors(folder / "checkpoints" / "step-00000004.safetensors")
        for folder in (run, other)
    )
    assert first.keys() == second.keys()
    assert not [name for name in first if not torch.equal(first[name], second[name])]

    result = ganzoo("sample", "run", "--num", 4, "--out", "grid.png")
    assert result.code == 0, result.err
    with Image.open(tmp_path / "grid.png") as grid:
        assert grid.width > 0


@pytest.mark.parametrize("model", shared_out(QUICK_IN_BFLOAT16))
def test_trains_in_bfloat16(train, tmp_path, model):
    result = train(model, "--max-steps", 2, "--precision", "bf16")
    assert result.code == 0, result.err
    last = json.loads((tmp_path / "run" / "metrics.jsonl").read_text().splitlines()[-1])
    assert math.isfinite(last["discriminator_loss"])


@pytest.mark.parametrize("model", TINY)
def test_the_recipe_names_its_sources(ganzoo, model):
    recipe = ganzoo("show", model, "--json").json["plugins"][0]["recipe"]
    assert {"objective.name", "training.batch_size", "training.learning_rate"} <= set(recipe)
    assert all("20" in source or "zoo" in source for _value, source in recipe.values())


@pytest.mark.slow
@pytest.mark.parametrize("model", TINY)
def test_compiles_as_one_graph_in_training_mode(model):
    torch.manual_seed(0)
    conditional = loading.load(lookup.find("model", model)).conditional
    side = 32 if model in LARGER else 8
    gan = create_model(
        model,
        image=ImageSpec(3, side, side),
        num_classes=3 if conditional else None,
        settings=dict(setting.split("=") for setting in TINY[model]),
    )
    labels = torch.tensor([0, 2]) if conditional else None
    compiled = torch.compile(
        lambda z: gan.discriminator(gan.generator(z, labels), labels), backend="eager", fullgraph=True
    )
    said = compiled(torch.randn(2, gan.generator.latent_dim))
    (said.logits if isinstance(said, Judgement) else said).sum().backward()
    torch._dynamo.reset()
    assert all(p.grad is not None for p in gan.generator.parameters())


def test_samples_need_no_pretrained_weights(ganzoo, train, tmp_path):
    """Whoever is given a run of `projected` has its checkpoint, but not the file of the backbone."""
    weights = tmp_path / "weights.safetensors"
    safetensors.torch.save_file(timm.create_model("test_resnet").state_dict(), weights)
    result = train("projected", "--max-steps", 1, "--set", f"model.weights={weights}")
    assert result.code == 0, result.err
    weights.unlink()
    result = ganzoo("sample", "run", "--num", 2, "--out", "grid.png")
    assert result.code == 0, result.err
