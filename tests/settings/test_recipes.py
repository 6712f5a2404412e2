"""Which of a model's recipes holds, and what wins over it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from ganzoo.errors import UsageError
from ganzoo.settings.configuration import SCHEMA, Configuration, parse_file
from ganzoo.settings.merging import resolve

TOY = '''
from ganzoo.interfaces import Model

class Toy(Model):
    """A toy."""
    ganzoo_api = 1
    components = {"upsampling": "ganzoo-components:transposed-conv"}
    recipe = {
        "upsampling.kernel_size": (5, "a paper"),
        "objective.name": ("ganzoo-objectives:bce", "a paper"),
        "objective.real_target": (0.9, "a paper"),
        "training.batch_size": (100, "a paper"),
        "training.epochs": (7, "a paper"),
    }
    recipes = {
        "fast": ("three minutes of one core", {
            "training.batch_size": (64, "measured"),
            "upsampling.name": ("ganzoo-components:resize-conv", "measured"),
            "objective.name": ("ganzoo-objectives:hinge", "measured"),
        }),
    }
    def generator(self): ...
    def discriminator(self): ...
'''


EXAMPLE = Path(__file__).parents[2] / "examples" / "in-one-file" / "split_latents.py"
"""A model without a recipe besides its own."""


@pytest.fixture
def toy(tmp_path: Path) -> dict[str, Any]:
    (tmp_path / "toy.py").write_text(TOY)
    return {"model.name": f"{tmp_path / 'toy.py'}:Toy", "dataset.name": "digits"}


def settings_of(configuration: Configuration, section: str) -> dict[str, Any]:
    found = configuration.sections[section]
    assert found is not None
    return {"name": found.plugin.name, **found.settings}


@pytest.mark.parametrize("name", [None, "paper"])
def test_the_published_recipe_holds_unless_another_is_named(toy: dict[str, Any], name: str | None) -> None:
    configuration = resolve(toy, {} if name is None else {"model.recipe": name})
    assert configuration.training is not None
    assert configuration.training.batch_size == 100
    assert settings_of(configuration, "upsampling") == {"name": "transposed-conv", "kernel_size": 5}
    assert settings_of(configuration, "objective") == {"name": "bce", "real_target": 0.9}


def test_another_recipe_stands_on_the_published_one(toy: dict[str, Any]) -> None:
    """What it doesn't set stays; where it fills a section with another plugin, old settings go."""
    configuration = resolve(toy, {"model.recipe": "fast"})
    assert configuration.training is not None
    assert (configuration.training.batch_size, configuration.training.epochs) == (64, 7)
    assert settings_of(configuration, "upsampling") == {"name": "resize-conv"}
    assert settings_of(configuration, "objective") == {"name": "hinge"}
    assert "recipe" not in configuration.to_json()["model"]


def test_whatever_the_user_sets_wins_over_the_recipe(toy: dict[str, Any]) -> None:
    configuration = resolve(
        toy | {"training.batch_size": 8}, {"model.recipe": "fast", "upsampling.name": "pixel-shuffle"}
    )
    assert configuration.training is not None
    assert configuration.training.batch_size == 8
    assert settings_of(configuration, "upsampling") == {"name": "pixel-shuffle"}


def test_a_recipe_of_a_model_that_another_source_replaces_is_forgotten(toy: dict[str, Any]) -> None:
    configuration = resolve(toy | {"model.recipe": "fast"}, {"model.name": "dcgan"})
    assert configuration.plugin("model").name == "dcgan"


def test_a_recipe_that_would_change_nothing_is_refused(toy: dict[str, Any]) -> None:
    everything = {
        "training.batch_size": 8,
        "upsampling.name": "transposed-conv",
        "objective.name": "bce",
        "model.recipe": "fast",
    }
    with pytest.raises(UsageError, match="'fast' would change nothing"):
        resolve(toy, everything)


@pytest.mark.parametrize("name", ["paper", "fast"])
def test_a_runs_configuration_takes_no_recipe(
    toy: dict[str, Any], tmp_path: Path, ganzoo: Any, name: str
) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"schema": SCHEMA, **resolve(toy).to_json()}))
    result = ganzoo("train", "--config", tmp_path / "config.json", "--recipe", name)
    assert result.code == 2
    assert "has every setting of its run" in result.err


def test_an_unknown_recipe_is_said_with_those_there_are(toy: dict[str, Any], ganzoo: Any) -> None:
    result = ganzoo("train", toy["model.name"], "--dataset", "digits", "--recipe", "fsat")
    assert result.code == 2
    assert "no recipe 'fsat'; did you mean 'fast'?" in result.err
    assert "recipes: paper, fast" in result.err
    none = ganzoo("train", f"{EXAMPLE}:SplitLatents", "--dataset", "digits", "--recipe", "fast")
    assert none.code == 2
    assert re.search(r"SplitLatents' has no recipe 'fast'.*\n.*recipes: paper", none.err)


@pytest.mark.parametrize("recipes", ["[1]", "{'fast': {}}", "{'fast': ('x', {'epochs': (3, 'mine')})}"])
def test_malformed_recipes_are_said(ganzoo: Any, tmp_path: Path, recipes: str) -> None:
    head, _, tail = TOY.partition("    recipes = ")
    (tmp_path / "mine.py").write_text(
        f"{head}    recipes = {recipes}\n    def generator{tail.partition('def generator')[2]}"
    )
    result = ganzoo("train", f"{tmp_path / 'mine.py'}:Toy", "--dataset", "digits")
    assert result.code == 3
    assert "recipe" in result.err


def test_show_prints_every_recipe_with_what_it_needs(toy: dict[str, Any], ganzoo: Any) -> None:
    shown = ganzoo("show", toy["model.name"]).out
    assert shown.index("Published settings") < shown.index("--recipe fast") < shown.index("three minutes")
    assert re.search(r"training.batch_size +64 +measured", shown)
    (plugin,) = ganzoo("show", toy["model.name"], "--json").json["plugins"]
    assert plugin["recipes"]["fast"][1]["training.batch_size"] == [64, "measured"]


def test_what_a_run_has_written_is_not_filled_up_from_a_recipe(toy: dict[str, Any], tmp_path: Path) -> None:
    """Settings that are newer than the run have their defaults: how things were done when it was trained."""
    tables = resolve(toy).to_json()
    del tables["upsampling"]["kernel_size"], tables["training"]["epochs"]
    path = tmp_path / "config.json"
    path.write_text(json.dumps({"schema": SCHEMA, **tables}))
    configuration = resolve(parse_file(path))
    assert configuration.training is not None
    assert (configuration.training.epochs, configuration.training.batch_size) == (100, 100)
    assert settings_of(configuration, "upsampling") == {"name": "transposed-conv"}
    path.write_text(json.dumps(tables))  # a file of the user's own
    assert settings_of(resolve(parse_file(path)), "upsampling")["kernel_size"] == 5
