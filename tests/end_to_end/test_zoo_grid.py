"""The grid: each model with each component, objective, regularisation and augmentation, tiny, end to end.

The full product has tens of thousands of combinations. Of it, the rows below hold every model together with
every choice of every slot (pairs of model and choice); the other choices of a row are shifted from model to
model, so that objectives meet regularisations and augmentations in changing company. What a combination does:
it builds, takes two steps, one of them after a resumption, samples, and is exported.
"""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image

import ganzoo
from ganzoo.errors import UsageError
from ganzoo.export.formats import export
from ganzoo.interfaces import ImageSpec
from ganzoo.plugins import discovery, lookup
from ganzoo.runs.folder import read_configuration
from ganzoo.settings.merging import resolve

TINY: dict[str, Any] = {
    "latent_dim": 4,
    "style_dim": 4,
    "channels": 4,
    "discriminator_channels": 4,
    "projection_channels": 4,
    "max_channels": 8,
    "blocks": 1,
    "hidden": (8,),
    "resolution": 32,
    "weights": "random",
}
"""Settings that make a model small, where it has them."""

ATTENTIVE = {"sagan": {"channels": 8, "discriminator_channels": 8}}
"""Models that divide their channels by 8."""

HEADLESS = ("lightweight", "projected", "r3gan", "r3gan-conditional")
"""Models whose discriminators show no features, so that what matches features refuses them."""

SMALLEST = 8
"""Sides of the images, where a model draws so small ones: those of the digits."""

OPTIONAL = ("regularisation", "augmentation")

COMPONENTS = ("conditioning", "upsampling")


class Silent:
    """An observer that says nothing."""

    def started(self, plan: Any) -> None: ...
    def progressed(self, metrics: Any) -> None: ...
    def sampled(self, path: Path) -> None: ...
    def warned(self, message: str) -> None: ...


def names(kind: str) -> list[str]:
    """The installed plugins of a kind that can be used."""
    return [plugin.name for plugin in discovery.discover().of_kind(kind) if not plugin.problem]


def card_of(model: str) -> Any:
    return discovery.card(lookup.find("model", model))


def choices(model: str) -> dict[str, list[str]]:
    """What may fill each slot of a training of a model."""
    slots = [*card_of(model).attributes.get("components", {}), "objective"]
    found = {slot: names(slot) for slot in slots}
    if model in HEADLESS:
        found["objective"].remove("feature-matching")
    return found | {slot: ["none", *names(slot)] for slot in OPTIONAL}


def rows(models: list[str]) -> Iterator[tuple[str, dict[str, str]]]:
    """Every model with every choice of every slot, in as few rows as the longest list of choices has."""
    for shift, model in enumerate(models):
        possible = choices(model)
        for row in range(max(map(len, possible.values()))):
            yield (
                model,
                {
                    slot: plugins[(row + shift * place) % len(plugins)]
                    for place, (slot, plugins) in enumerate(possible.items())
                },
            )


GRID = list(rows(names("model")))

QUICK = 1
"""Rows of each model that the quick tests take; the slow ones take the others."""


def title(chosen: dict[str, str]) -> str:
    return "-".join(chosen.values())


def cases() -> Iterator[Any]:
    """The rows of the grid, those beyond the first of each model marked as slow."""
    for model, group in itertools.groupby(GRID, key=lambda row: row[0]):
        for number, (_, chosen) in enumerate(group):
            marks = [pytest.mark.slow] if number >= QUICK else []
            yield pytest.param(model, chosen, id=f"{model}-{title(chosen)}", marks=marks)


def side_of(model: str) -> int:
    return max(SMALLEST, card_of(model).attributes.get("image_sides", {}).get("least", SMALLEST))


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Colour noise in two classes, for models that draw no digits."""
    folder = tmp_path_factory.mktemp("pictures")
    torch.manual_seed(0)
    for number in range(24):
        path = folder / "ab"[number % 2] / f"{number}.png"
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(torch.randint(256, (64, 64, 3), dtype=torch.uint8).numpy()).save(path)
    return folder


def settings_of(model: str, pictures: Path) -> dict[str, Any]:
    """What makes a training of a model tiny."""
    side = side_of(model)
    tiny = TINY | ATTENTIVE.get(model, {})
    own = {f"model.{name}": tiny[name] for name in card_of(model).setting_names() if name in tiny}
    data: dict[str, Any] = {"dataset.name": "digits"}
    if side != SMALLEST:
        data = {"dataset.name": "folder", "dataset.size": side, "run.data_dir": str(pictures)}
    return {
        **own,
        **data,
        "training.batch_size": 4,
        "training.discriminator_steps": 1,
        "training.max_steps": 1,
        "training.schedule_images": 8,
        "run.log_every": 1,
        "training.precision": "fp32",
    }


@pytest.mark.parametrize(("model", "chosen"), list(cases()))
def test_builds_steps_resumes_samples_and_is_exported(
    model: str, chosen: dict[str, str], pictures: Path, tmp_path: Path
) -> None:
    settings = settings_of(model, pictures)
    dataset = settings.pop("dataset.name")
    arguments: dict[str, Any] = {"dataset": dataset, "settings": settings, "out": tmp_path / "run", **chosen}

    run = ganzoo.train(model, observer=Silent(), **arguments)
    run = ganzoo.resume(run, settings={"training.max_steps": 2}, observer=Silent())

    lines = [json.loads(line) for line in run.metrics.read_text().splitlines()]
    losses = [line for line in lines if "discriminator_loss" in line]
    assert [line["step"] for line in losses] == [1, 2]
    for line in losses:
        assert math.isfinite(line["generator_loss"])
        assert math.isfinite(line["discriminator_loss"])
    configuration = read_configuration(run)
    used = {slot: configuration[f"{slot}.name"].rpartition(":")[2] for slot in chosen}
    assert used == chosen

    trained = ganzoo.load(run)
    images = trained.sample(3)
    assert images.dtype == torch.uint8
    assert images.shape[0] == 3
    assert images.shape[2:] == (side_of(model), side_of(model))
    assert export(trained, "safetensors", tmp_path / "generator.safetensors") == 0


@pytest.mark.slow
@pytest.mark.parametrize("model", names("model"))
def test_every_model_is_exported_as_a_graph(model: str, pictures: Path, tmp_path: Path) -> None:
    settings = settings_of(model, pictures)
    dataset = settings.pop("dataset.name")
    run = ganzoo.train(model, dataset=dataset, settings=settings, out=tmp_path / "run", observer=Silent())

    assert export(ganzoo.load(run), "torch-export", tmp_path / "generator.pt2") < 1e-3


@pytest.mark.parametrize("model", names("model"))
def test_a_component_that_a_model_has_no_slot_for_is_refused(model: str) -> None:
    slots = card_of(model).attributes.get("components", {})
    for kind in COMPONENTS:
        if kind not in slots:
            with pytest.raises(UsageError, match=f"'{model}' has no {kind}"):
                resolve({"model.name": model, f"{kind}.name": names(kind)[0]}, training=False)


@pytest.mark.parametrize("model", names("model"))
def test_what_a_model_can_not_draw_it_refuses_with_a_size_that_it_can(model: str) -> None:
    """The odd side of 7 pixels; a model that draws that as well refuses nothing."""
    settings = {f"model.{name}": TINY[name] for name in card_of(model).setting_names() if name in TINY}
    classes = 2 if card_of(model).attributes.get("conditional") else None
    if card_of(model).draws(7):
        ganzoo.create_model(model, image=ImageSpec(3, 7, 7), num_classes=classes, settings=settings)
        return
    with pytest.raises(UsageError, match=rf"{model.partition('-')[0]}.* such as \d+x\d+"):
        ganzoo.create_model(model, image=ImageSpec(3, 7, 7), num_classes=classes, settings=settings)


def test_the_grid_holds_every_pair_of_a_model_and_a_choice() -> None:
    held = {(model, slot, plugin) for model, chosen in GRID for slot, plugin in chosen.items()}
    wanted = {
        (model, slot, plugin)
        for model in names("model")
        for slot, plugins in choices(model).items()
        for plugin in plugins
    }
    assert held == wanted


def test_the_grid_holds_most_pairs_of_objective_and_regularisation() -> None:
    """All of them are trained with one model in `test_objectives_regularisations_augmentations`."""
    held = {(chosen["objective"], chosen["regularisation"]) for _, chosen in GRID}
    assert len(held) > len(names("objective")) * len(names("regularisation")) / 2
