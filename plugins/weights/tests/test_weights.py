"""The official weights: what is promised of all of them, and that the package stays small."""

from __future__ import annotations

import json
import shlex
import tomllib
from pathlib import Path
from typing import Any

import pytest

import ganzoo
from benchmarks.official_weights import remarks, slug
from ganzoo.plugins import discovery
from ganzoo.plugins.discovery import Plugin
from ganzoo.runs.pretrained import describe, weights_file
from ganzoo.settings.binding import bind
from ganzoo.settings.configuration import RUN
from ganzoo.settings.merging import resolve

FOLDER = Path(__file__).parents[1] / "ganzoo_weights"
WEIGHTS = [p for p in discovery.discover().of_kind("weights") if p.distribution == "ganzoo-weights"]

LEAST_ACCURACY = {"ganzoo-datasets:fashion-mnist": 0.8, "ganzoo-datasets:cifar10": 0.5}
"""The least share of samples in the class asked for, by data set (docs/decisions/0040)."""


def test_every_folder_is_a_plugin() -> None:
    assert sorted(plugin.name.replace("-", "_").replace(".", "_") for plugin in WEIGHTS) == sorted(
        path.parent.name for path in FOLDER.glob("*/__init__.py")
    )


def test_the_package_stays_below_60_megabytes() -> None:
    assert sum(path.stat().st_size for path in FOLDER.rglob("*") if path.is_file()) < 60_000_000


@pytest.mark.parametrize("plugin", WEIGHTS, ids=lambda plugin: plugin.name)
def test_the_card_is_whole_and_the_weights_draw(plugin: Plugin) -> None:
    said = describe(plugin)
    assert said["figures"], "a card without figures says nothing"
    assert said["licence"]
    assert said["command"].startswith("ganzoo train ")
    if said["classes"]:
        least = LEAST_ACCURACY[said["dataset"]]
        assert said["figures"]["class-accuracy"][0] >= least
    assert weights_file(plugin).stat().st_size < 20_000_000
    images = ganzoo.load(plugin.full_name).sample(4)
    assert images.shape == (4, *said["image"])
    assert images.float().std() > 10


@pytest.mark.parametrize("plugin", WEIGHTS, ids=lambda plugin: plugin.name)
def test_the_card_says_what_weights_toml_says(plugin: Plugin) -> None:
    said = tomllib.loads((FOLDER.parent / "weights.toml").read_text(encoding="utf-8"))[plugin.name]
    sentences = remarks(said)
    assert describe(plugin)["remarks"] == sentences
    assert describe(plugin)["command"] == said["command"]
    page = (FOLDER / slug(plugin.name) / "README.md").read_text(encoding="utf-8")
    assert page.endswith("\n\n" + "".join(f"- {sentence}\n" for sentence in sentences))


OPTIONS = {
    "--recipe": "model.recipe",
    "--dataset": "dataset.name",
    "--seed": "training.seed",
    "--epochs": "training.epochs",
}


def configuration_of(command: str) -> dict[str, Any]:
    """The sections that decide numbers of what a command `ganzoo train MODEL --OPTION VALUE ...` trains."""
    ganzoo_, train, model, *options = shlex.split(command)
    assert (ganzoo_, train) == ("ganzoo", "train")
    settings: dict[str, Any] = {"model.name": model}
    for option, value in zip(options[::2], options[1::2], strict=True):
        key, _, text = value.partition("=") if option == "--set" else (OPTIONS[option], "", value)
        settings[key] = int(text) if text.isdecimal() else text
    whole = bind(resolve(settings)).configuration
    return {name: section for name, section in whole.to_json().items() if name != RUN}


@pytest.mark.parametrize("plugin", WEIGHTS, ids=lambda plugin: plugin.name)
def test_the_command_on_the_card_trains_with_the_settings_in_the_package(plugin: Plugin) -> None:
    kept = json.loads((weights_file(plugin).parent / "config.json").read_text("utf-8"))
    said = json.loads(json.dumps(configuration_of(describe(plugin)["command"])))
    for section, settings in said.items():
        held = {key: value for key, value in kept[section].items() if key != "recipe"}
        assert held == {key: settings[key] for key in held}, "settings added since are at their defaults"
