"""The optimiser of a training whose recipe names none, and settings that belonged to Adam before 0.1.0."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import pytest

from ganzoo.errors import UsageError
from ganzoo.interfaces import Model
from ganzoo.settings.configuration import flatten, parse_file
from ganzoo.settings.merging import resolve

ADAM = "ganzoo-optimizers:adam"


class Silent(Model):
    """Says nothing of an optimiser but one of its numbers."""

    ganzoo_api = 1
    recipe: ClassVar = {
        "objective.name": ("ganzoo-objectives:bce", "a paper"),
        "optimizer.beta1": (0.1, "a paper"),
    }


class MoreSilent(Model):
    """Says nothing of an optimiser."""

    ganzoo_api = 1
    recipe: ClassVar = {"objective.name": ("ganzoo-objectives:bce", "a paper")}


def optimizer(model: Any = Silent, **given: Any) -> dict[str, Any]:
    settings = {f"optimizer.{name}": value for name, value in given.items()}
    sections = resolve({"model.name": model, "dataset.name": "digits"}, settings).to_json()
    return sections["optimizer"]


def test_where_none_is_named_it_is_the_usual_one() -> None:
    assert optimizer() == {"name": ADAM, "beta1": 0.1}
    assert optimizer(beta2="0.9") == {"name": ADAM, "beta1": 0.1, "beta2": 0.9}
    assert optimizer(name="adam") == {"name": ADAM, "beta1": 0.1}


def test_no_plugin_of_another_kind_is_read_to_find_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def read_all() -> None:
        raise AssertionError("every training would wait for it")

    monkeypatch.setattr("ganzoo.settings.merging.discover", read_all)

    assert optimizer() == {"name": ADAM, "beta1": 0.1}


def test_another_one_drops_the_numbers_that_were_meant_for_the_usual_one() -> None:
    for model in (Silent, "dcgan", "r3gan"):
        assert optimizer(model, name="rmsprop") == {"name": "ganzoo-optimizers:rmsprop"}


def test_two_that_say_they_are_the_usual_one_are_none(site: Any) -> None:
    text = '''
from ganzoo.interfaces import Optimizer

class Mine(Optimizer):
    """Says so too."""
    ganzoo_api = 1
    usual = True
'''
    site.install(
        "acme", {"ganzoo.optimizers": {"mine": "acme_optimizers:Mine"}}, {"acme_optimizers.py": text}
    )
    with pytest.raises(UsageError, match=r"no optimizer is chosen; say which with --optimizer .*adam.*mine"):
        optimizer(MoreSilent)
    assert optimizer(MoreSilent, name="mine")["name"] == "acme:mine"
    assert optimizer("dcgan")["name"] == ADAM, "recipes name theirs"


OLD = {"beta1": 0.0, "beta2": 0.9, "final_beta2": 0.99}


@pytest.mark.parametrize("schema", [1, 2, 3])
def test_adams_numbers_in_runs_from_before_are_found_where_they_are_now(schema: int) -> None:
    renewed = flatten({"schema": schema, "training": {"batch_size": 64, **OLD}})
    assert renewed == {
        "training.batch_size": 64,
        "optimizer.name": ADAM,
        "optimizer.beta1": 0.0,
        "optimizer.beta2": 0.9,
        "optimizer.final_beta2": 0.99,
    }


def test_a_file_that_was_written_before_means_what_it_meant(tmp_path: Path) -> None:
    (tmp_path / "old.toml").write_text('[model]\nname = "dcgan"\n[training]\nbeta1 = 0.25\nepochs = 3\n')
    given = parse_file(tmp_path / "old.toml")
    assert given == {"model.name": "dcgan", "optimizer.beta1": 0.25, "training.epochs": 3}


def test_a_file_that_says_both_is_refused(tmp_path: Path) -> None:
    (tmp_path / "both.toml").write_text("[training]\nbeta1 = 0.25\n[optimizer]\nbeta1 = 0.5\n")
    with pytest.raises(UsageError, match=r"training\.beta1 is optimizer\.beta1 now"):
        resolve({"model.name": "dcgan", "dataset.name": "digits"}, parse_file(tmp_path / "both.toml"))


@pytest.mark.parametrize("name", OLD)
def test_an_old_setting_says_what_to_type_now(ganzoo: Any, name: str) -> None:
    made = ganzoo("train", "dcgan", "--dataset", "digits", "--set", f"training.{name}=0.5")
    assert made.code == 2
    assert f"training.{name} is optimizer.{name} now" in made.err
    assert f"--set optimizer.{name}=0.5" in made.err
