"""Configuration: which source wins, what each type accepts, and how a mistake is answered."""

from __future__ import annotations

import importlib
import itertools
import json
import math
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ganzoo.errors import PluginError, UsageError
from ganzoo.plugins import discovery
from ganzoo.settings.configuration import flatten, parse_file
from ganzoo.settings.keys import split
from ganzoo.settings.merging import Flat, resolve
from ganzoo.settings.run import RunSettings
from ganzoo.settings.training import TrainingSettings
from ganzoo.settings.values import parse_assignment, parse_value

HEADER = """
from __future__ import annotations
from dataclasses import dataclass
from typing import Literal
from ganzoo.interfaces import Augmentation, Dataset, Model, Objective, Regularisation, Upsampling
"""
PLUGINS = {
    "models": """
class Toy(Model):
    ganzoo_api = 1
    components = {"upsampling": "acme:up-a"}
    recipe = {
        "upsampling.kernel_size": (7, "a paper"),
        "objective.name": ("acme:loss-a", "a paper"),
        "objective.target": (0.9, "a paper"),
        "training.batch_size": (64, "a paper"),
        "model.width": (32, "a paper"),
    }
    @dataclass(frozen=True, kw_only=True)
    class Config:
        width: int = 16
        depth: int = 4
        slope: float = 0.2
        bias: bool = False
        label: str = "none given"
        mode: Literal["near", "far"] = "near"
        most: int | None = None
        sizes: tuple[int, ...] = (1,)
        words: tuple[str, ...] = ()

class Other(Model):
    ganzoo_api = 1
    components = {"upsampling": "acme:up-a"}
    recipe = {"objective.name": ("acme:loss-a", "a paper")}
    @dataclass(frozen=True, kw_only=True)
    class Config:
        width: int = 1
        height: int = 2

class Bare(Model):
    ganzoo_api = 1

class Held(Model):
    ganzoo_api = 1
    recipe = {
        "objective.name": ("acme:loss-a", "a paper"),
        "regularisation.name": ("acme:slope", "a paper"),
        "regularisation.weight": (5.0, "a paper"),
    }

class Lost(Model):
    ganzoo_api = 1
    components = {"upsampling": "gone:up"}
    recipe = {"upsampling.kernel_size": (7, "a paper"), "objective.name": ("gone:loss", "a paper")}
""",
    "upsamplings": """
class UpA(Upsampling):
    ganzoo_api = 1
    @dataclass(frozen=True, kw_only=True)
    class Config:
        kernel_size: int = 3
        mode: str = "nearest"

class UpB(Upsampling):
    ganzoo_api = 1
    @dataclass(frozen=True, kw_only=True)
    class Config:
        kernel_size: int = 5
""",
    "objectives": """
class LossA(Objective):
    ganzoo_api = 1
    @dataclass(frozen=True, kw_only=True)
    class Config:
        target: float = 1.0

class LossB(Objective):
    ganzoo_api = 1
""",
    "regularisations": """
class Slope(Regularisation):
    ganzoo_api = 1
    @dataclass(frozen=True, kw_only=True)
    class Config:
        weight: float = 1.0
""",
    "augmentations": """
class Mirror(Augmentation):
    ganzoo_api = 1
""",
    "datasets": """
class Dots(Dataset):
    ganzoo_api = 1
    @dataclass(frozen=True, kw_only=True)
    class Config:
        size: int
        grid: list[int] = None
""",
}
ENTRY_POINTS = {
    "models": {"toy": "Toy", "other": "Other", "bare": "Bare", "lost": "Lost", "held": "Held"},
    "upsamplings": {"up-a": "UpA", "up-b": "UpB"},
    "objectives": {"loss-a": "LossA", "loss-b": "LossB"},
    "regularisations": {"slope": "Slope"},
    "augmentations": {"mirror": "Mirror"},
    "datasets": {"dots": "Dots"},
}
DATASET = {"dataset.name": "dots", "dataset.size": 8}


@pytest.fixture(scope="module", autouse=True)
def acme(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The only installed distribution, with two models and two of each component; its modules can't run."""
    folder = tmp_path_factory.mktemp("site")
    metadata = folder / "acme-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 1.0\n")
    lines = []
    for group, classes in ENTRY_POINTS.items():
        (folder / f"zoo_{group}.py").write_text(
            HEADER + PLUGINS[group] + "\nraise RuntimeError('imported')\n"
        )
        lines += [f"[ganzoo.{group}]", *(f"{name} = zoo_{group}:{cls}" for name, cls in classes.items())]
    (metadata / "entry_points.txt").write_text("\n".join(lines))
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv(discovery.VARIABLE, raising=False)
        patch.syspath_prepend(folder)
        yield folder


def resolved(*sources: Flat, model: str | type = "acme:toy") -> dict[str, dict[str, Any]]:
    """The sections of a configuration of a training."""
    return resolve({"model.name": model, **DATASET}, *sources).to_json()


# Precedence

FILE = {"model.width": 100, "upsampling.kernel_size": 100, "training.batch_size": 100}
OPTIONS = {"model.width": 200, "upsampling.kernel_size": 200, "training.batch_size": 200}
ASSIGNMENTS = {"model.width": "300", "upsampling.kernel_size": "300", "training.batch_size": "300"}


def test_the_defaults_of_the_class_are_left_to_the_class() -> None:
    assert resolved(model="acme:other")["model"] == {"name": "acme:other"}


def without_defaults(sections: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The sections, of which those that no plugin has hold only what differs from its default."""
    own = {"training": asdict(TrainingSettings()), "run": asdict(RunSettings())}
    return {
        name: {key: value for key, value in table.items() if name not in own or value != own[name][key]}
        for name, table in sections.items()
    }


def test_the_recipe_wins_over_the_defaults() -> None:
    assert without_defaults(resolved()) == {
        "model": {"name": "acme:toy", "width": 32},
        "upsampling": {"name": "acme:up-a", "kernel_size": 7},
        "objective": {"name": "acme:loss-a", "target": 0.9},
        "dataset": {"name": "acme:dots", "size": 8},
        "optimizer": {"name": "ganzoo-optimizers:adam"},
        "regularisation": {"name": "none"},
        "augmentation": {"name": "none"},
        "training": {"batch_size": 64},
        "run": {},
    }


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, {"name": "acme:slope", "weight": 5.0}),
        ({"regularisation.weight": "2"}, {"name": "acme:slope", "weight": 2.0}),
        ({"regularisation.name": "none"}, {"name": "none"}),
    ],
)
def test_an_optional_part_may_be_changed_and_switched_off(
    given: dict[str, str], expected: dict[str, Any]
) -> None:
    sections = resolved({"model.name": "held"}, given)
    assert sections["regularisation"] == expected
    assert sections["augmentation"] == {"name": "none"}
    assert resolve(flatten(sections)).to_json() == sections  # a run replays with it off, too


def test_an_optional_part_that_no_recipe_has_may_be_added() -> None:
    sections = resolved({"augmentation.name": "mirror", "regularisation.name": "slope"})
    assert sections["augmentation"] == {"name": "acme:mirror"}
    assert sections["regularisation"] == {"name": "acme:slope"}


def test_settings_of_a_part_that_is_not_there_are_refused() -> None:
    with pytest.raises(UsageError, match=r"no regularisation is chosen.*--regularisation NAME.*slope"):
        resolved({"regularisation.weight": "2"})
    with pytest.raises(UsageError, match=r"there is no setting 'regularisation\.weight'"):
        resolved({"model.name": "held"}, {"regularisation.name": "none", "regularisation.weight": "2"})
    with pytest.raises(UsageError, match="no upsampling is called 'none'"):
        resolved({"upsampling.name": "none"})


@pytest.mark.parametrize("count", [1, 2, 3])
def test_each_source_wins_over_those_before_it(count: int) -> None:
    sections = resolved(*[FILE, OPTIONS, ASSIGNMENTS][:count])

    assert sections["model"]["width"] == 100 * count
    assert sections["upsampling"]["kernel_size"] == 100 * count
    assert sections["training"]["batch_size"] == 100 * count


@pytest.mark.parametrize("key", ["model.width", "upsampling.kernel_size", "training.batch_size"])
def test_a_source_wins_only_where_it_says_something(key: str) -> None:
    sections = resolved(FILE, {key: 5})

    section, _, name = key.partition(".")
    assert sections[section][name] == 5
    others = [split(other) for other in FILE if other != key]
    assert [sections[other][own] for other, own in others] == [100, 100]


# A section that is filled with another plugin


@pytest.mark.parametrize(
    ("sources", "expected"),
    [
        ([{}], {"name": "acme:up-a", "kernel_size": 7}),
        ([{"upsampling.name": "up-a"}], {"name": "acme:up-a", "kernel_size": 7}),
        ([{"upsampling.name": "acme:up-a"}], {"name": "acme:up-a", "kernel_size": 7}),
        ([{"upsampling.name": "zoo_upsamplings:UpA"}], {"name": "zoo_upsamplings:UpA", "kernel_size": 7}),
        ([{"upsampling.name": "up-b"}], {"name": "acme:up-b"}),
        ([{"upsampling.kernel_size": 9}, {"upsampling.name": "up-b"}], {"name": "acme:up-b"}),
        ([{"upsampling.mode": "x"}, {"upsampling.name": "up-b"}], {"name": "acme:up-b"}),
        (
            [{"upsampling.name": "up-b"}, {"upsampling.kernel_size": 9}],
            {"name": "acme:up-b", "kernel_size": 9},
        ),
        (
            [{"upsampling.kernel_size": 9, "upsampling.name": "up-b"}],
            {"name": "acme:up-b", "kernel_size": 9},
        ),
        (
            [{"upsampling.name": "up-b", "upsampling.kernel_size": 9}, {"upsampling.name": "acme:up-b"}],
            {"name": "acme:up-b", "kernel_size": 9},
        ),
        (
            [{"upsampling.name": "up-b", "upsampling.kernel_size": 9}, {"upsampling.name": "up-a"}],
            {"name": "acme:up-a", "kernel_size": 7},
        ),
    ],
)
def test_another_component_drops_the_settings_of_the_one_before(
    sources: list[Flat], expected: dict[str, Any]
) -> None:
    assert resolved(*sources)["upsampling"] == expected


def test_another_objective_drops_the_published_settings_of_the_one_before() -> None:
    assert resolved({"objective.name": "loss-b"})["objective"] == {"name": "acme:loss-b"}


def test_a_class_is_the_same_component_as_its_name(site: Any) -> None:
    model = PLUGINS["models"].replace("acme:up-a", "zoo_toys:UpA")
    site.write({"zoo_toys.py": HEADER + PLUGINS["upsamplings"] + model})
    zoo_toys = importlib.import_module("zoo_toys")

    by_name = resolved({"upsampling.name": "zoo_toys:UpA"}, model="zoo_toys:Toy")
    by_class = resolved({"upsampling.name": zoo_toys.UpA}, model=zoo_toys.Toy)
    another = resolved({"upsampling.name": zoo_toys.UpB}, model=zoo_toys.Toy)

    assert by_name == by_class
    assert by_class["upsampling"] == {"name": "zoo_toys:UpA", "kernel_size": 7}
    assert another["upsampling"] == {"name": "zoo_toys:UpB"}


def test_a_default_component_need_not_be_installed_where_another_is_chosen() -> None:
    chosen = {"upsampling.name": "up-b", "objective.name": "loss-b"}

    sections = resolved(chosen, model="lost")

    assert sections["upsampling"] == {"name": "acme:up-b"}
    assert sections["objective"] == {"name": "acme:loss-b"}
    with pytest.raises(UsageError, match="the upsampling 'gone:up' is not there: 'gone' is not installed"):
        resolved(model="lost")


# Which model


@pytest.mark.parametrize("key", ["toy", "acme:toy", "zoo_models:Toy"])
def test_a_source_may_name_the_model(key: str) -> None:
    assert resolve(DATASET, {"model.name": key, "model.depth": 9}).to_json()["model"] == {
        "name": "zoo_models:Toy" if key.startswith("zoo") else "acme:toy",
        "width": 32,
        "depth": 9,
    }


def test_the_last_source_that_names_a_model_wins() -> None:
    file = {"model.name": "toy", "model.width": 9, "model.depth": 9, "training.epochs": 3, **DATASET}

    sections = resolve(file, {"model.name": "other", "model.height": "5"}).to_json()

    assert sections["model"] == {"name": "acme:other", "height": 5}
    assert without_defaults(sections)["training"] == {"epochs": 3}


def test_another_model_keeps_its_own_published_settings() -> None:
    file = {"model.name": "other", "model.width": 9, **DATASET}

    assert resolve(file, {"model.name": "toy"}).to_json()["model"] == {"name": "acme:toy", "width": 32}


@pytest.mark.parametrize("name", ["other", "acme:other", "zoo_models:Other"])
def test_the_same_model_by_another_name_keeps_the_settings(name: str) -> None:
    file = {"model.name": "acme:other", "model.width": 9, **DATASET}

    model = resolve(file, {"model.name": name, "model.height": "5"}).to_json()["model"]

    assert (model["width"], model["height"]) == (9, 5)


def test_no_model_is_a_usage_error() -> None:
    for sources in ([], [DATASET]):
        with pytest.raises(UsageError, match="no model is named; say which: ganzoo train MODEL"):
            resolve(*sources)


@pytest.mark.parametrize(
    ("model", "source", "missing"),
    [("bare", {"objective.name": "loss-b"}, "dataset"), ("bare", DATASET, "objective")],
)
def test_what_no_source_chooses_must_be_said(model: str, source: Flat, missing: str) -> None:
    with pytest.raises(
        UsageError, match=rf"no {missing} is chosen; say which with --{missing} NAME \(installed: "
    ):
        resolve({"model.name": model}, source)


def test_without_training_only_the_networks_are_configured() -> None:
    source = {"model.name": "acme:toy", "model.depth": 2, "training.seed": 3, **DATASET}

    configuration = resolve(source, training=False)

    assert configuration.to_json() == {
        "model": {"name": "acme:toy", "width": 32, "depth": 2},
        "upsampling": {"name": "acme:up-a", "kernel_size": 7},
    }
    assert configuration.slots == ("upsampling",)


# Unknown names


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("model.widht", r"no setting 'model\.widht'; did you mean 'model\.width'.*\nallowed in model: "),
        ("width", r"there is no setting 'width'; did you mean 'model\.width'"),
        ("modle.width", r"there is no setting 'modle\.width'; did you mean 'model\.width'"),
        ("modle.width", "sections: model, upsampling, objective, optimizer, regularisation, augmentation, d"),
        ("training.epoch", r"did you mean 'training\.epochs'"),
        ("training.device", r"did you mean 'run\.device'\?"),
        ("training.data_dir", r"did you mean 'run\.data_dir'\?"),
        ("training.name", r"there is no setting 'training\.name'"),
        ("model", "there is no setting 'model'"),
        ("model.", r"there is no setting 'model\.'"),
        ("model.width.x", r"there is no setting 'model\.width\.x'"),
        ("upsampling.target", r"there is no setting 'upsampling\.target'"),
        ("conditioning.features", r"the model .*toy.* has no conditioning, so 'condi.* can't be set"),
    ],
)  # fmt: skip
def test_an_unknown_key_is_a_usage_error_with_what_is_near(key: str, message: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        resolved({key: "1"})
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("section", ["model", "upsampling", "objective", "dataset"])
def test_an_unknown_plugin_is_a_usage_error(section: str) -> None:
    with pytest.raises(UsageError, match=f"no {section} is called 'zzz'"):
        resolved({f"{section}.name": "zzz"})


@pytest.mark.parametrize("name", [3, None, ["up-b"], {"a": 1}, True])
@pytest.mark.parametrize("section", ["model", "upsampling", "dataset"])
def test_a_name_that_is_no_text_is_a_usage_error(section: str, name: Any) -> None:
    with pytest.raises(UsageError) as caught:
        resolved({f"{section}.name": name})
    assert str(caught.value) == f"{section}.name takes the name of a plugin, not {name!r}"


def test_a_setting_without_a_default_must_be_given() -> None:
    with pytest.raises(
        UsageError, match=r"dataset\.size has no default; give one with --set dataset\.size=VALUE \(int\)"
    ):
        resolve({"model.name": "acme:toy", "dataset.name": "dots"})


def test_a_setting_of_a_type_of_its_own_can_not_be_set() -> None:
    with pytest.raises(
        UsageError, match=r"dataset\.grid is of type 'list\[int\]', which can't be set from outside"
    ):
        resolved({"dataset.grid": "1"})


# Values

ACCEPTED = [
    ("bool", ["true", "True", "yes", "on", "1", True], True),
    ("bool", ["false", "FALSE", "no", "off", "0", False], False),
    ("int", ["5", 5, "+5", " 5"], 5),
    ("int", ["-5", -5], -5),
    ("float", ["0.5", 0.5, ".5", "5e-1"], 0.5),
    ("float", ["3", 3, 3.0], 3.0),
    ("str", ["a b"], "a b"),
    ("str", ["5"], "5"),
    ("str", ["none"], "none"),
    ("str", [""], ""),
    ("Literal['a', 'b']", ["b"], "b"),
    ("Literal['a']", ["a"], "a"),
    ("Literal[2, 4]", ["4", 4], 4),
    ("Literal[True, 'auto']", ["True", True], True),
    ("int | None", ["none", "None", "null", None], None),
    ("int | None", ["5", 5], 5),
    ("None | int", ["none", None], None),
    ("Optional[int]", ["none", None], None),
    ("Optional[int]", ["5", 5], 5),
    ("str | None", ["none", None], None),
    ("str | None", ["text"], "text"),
    ("int | float", ["3", 3], 3),
    ("int | float", ["0.5", 0.5], 0.5),
    ("int | float | None", ["none", None], None),
    ("Literal['a'] | None", ["a"], "a"),
    ("tuple[int, ...] | None", ["none", None], None),
    ("tuple[int, ...]", ["1,2,3", "1, 2 ,3", "1,2,3,", [1, 2, 3], (1, 2, 3), ["1", "2", "3"]], (1, 2, 3)),
    ("tuple[int, ...]", ["", " ", [], ()], ()),
    ("tuple[int, ...]", ["7", [7]], (7,)),
    ("tuple[str, ...]", ["a, b", ["a", "b"]], ("a", "b")),
    ("tuple[str, ...]", [["", " a", "b,c"]], ("", " a", "b,c")),
    ("tuple[float, ...]", ["1,0.5", [1, 0.5]], (1.0, 0.5)),
    ("tuple[Literal['a', 'b'], ...]", ["a,b"], ("a", "b")),
]  # fmt: skip
SEVERAL = "or several separated by commas"
REFUSED = [
    ("bool", ["maybe", "", "2", 1, 0, 1.0, None, []], "true or false"),
    ("int", ["5.0", "1e3", "five", "", 5.0, True, None, [5], {}], "a whole number"),
    ("float", ["nan", "inf", "-Infinity", "1e999", "x", ""], "a number"),
    ("float", [math.nan, math.inf, 10**400, True, None], "a number"),
    ("str", [5, 0.5, True, None, ["a"]], "text"),
    ("Literal['a', 'b']", ["c", "", "A", None, 1], "one of 'a', 'b'"),
    ("Literal[2, 4]", ["3", 2.0, None], "one of 2, 4"),
    ("Literal[1, 2]", [True], "one of 1, 2"),
    ("int | None", ["x", "0.5", True], "a whole number or none"),
    ("Optional[int]", ["x"], "a whole number or none"),
    ("Literal['a', 'b'] | None", ["c"], "one of 'a', 'b' or none"),
    ("tuple[int, ...]", ["1,x", "1;2", 3, None, [1.5], {"a": 1}, [[1]]], f"a whole number, {SEVERAL}"),
    ("tuple[str, ...]", [3, [3], None], f"text, {SEVERAL}"),
    ("tuple[float, ...]", ["1,nan"], f"a number, {SEVERAL}"),
    ("tuple[int, ...] | None", ["x"], f"a whole number, {SEVERAL} or none"),
    ("tuple[Path, ...]", [3], f"Path, {SEVERAL}"),
]  # fmt: skip


def cases(table: list[tuple[str, list[Any], Any]]) -> list[tuple[str, Any, Any]]:
    """One row for each value."""
    return [(annotation, value, expected) for annotation, values, expected in table for value in values]


@pytest.mark.parametrize(("annotation", "value", "expected"), cases(ACCEPTED))
def test_a_value_of_the_type_is_accepted(annotation: str, value: Any, expected: Any) -> None:
    parsed = parse_value("model.x", annotation, value)

    assert parsed == expected
    assert type(parsed) is type(expected)


@pytest.mark.parametrize(("annotation", "value", "described"), cases(REFUSED))
def test_a_value_of_another_type_is_refused(annotation: str, value: Any, described: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_value("model.x", annotation, value)
    assert str(caught.value) == f"model.x takes {described}, not {value!r}"


@pytest.mark.parametrize(
    "annotation",
    ["list[int]", "dict[str, int]", "tuple[int, int]", "Path", "int | list[int]", "Any", "3", "int |", ""],
)  # fmt: skip
def test_a_type_that_settings_may_not_have_is_refused(annotation: str) -> None:
    with pytest.raises(UsageError, match=r"^model\.x is of type '.*', which can't be set from outside$"):
        parse_value("model.x", annotation, "x")


FINITE = st.floats(allow_nan=False, allow_infinity=False)
WORDS = st.text(st.characters(exclude_categories=["Cs"]))
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "int": st.integers(),
    "float": FINITE,
    "bool": st.booleans(),
    "str": WORDS,
    "Literal['near', 'far']": st.sampled_from(["near", "far"]),
    "int | None": st.none() | st.integers(),
    "float | None": st.none() | FINITE,
    "tuple[int, ...]": st.lists(st.integers()).map(tuple),
    "tuple[float, ...]": st.lists(FINITE).map(tuple),
}
TYPED = st.one_of(
    *(st.tuples(st.just(annotation), values) for annotation, values in VALUES.items()),
    st.tuples(st.just("tuple[str, ...]"), st.lists(WORDS).map(tuple)),
)


@given(TYPED)
def test_a_value_survives_json(case: tuple[str, Any]) -> None:
    annotation, value = case

    parsed = parse_value("model.x", annotation, json.loads(json.dumps(value)))

    assert (parsed, type(parsed)) == (value, type(value))


@given(st.one_of(*(st.tuples(st.just(annotation), values) for annotation, values in VALUES.items())))
def test_a_value_survives_being_typed(case: tuple[str, Any]) -> None:
    annotation, value = case
    text = ",".join(map(repr, value)) if isinstance(value, tuple) else str(value)

    parsed = parse_value("model.x", annotation, text)

    assert (parsed, type(parsed)) == (value, type(value))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(st.sampled_from([annotation for annotation, _, _ in ACCEPTED]), JSON)
def test_any_value_is_parsed_or_is_a_usage_error(annotation: str, value: Any) -> None:
    try:
        parsed = parse_value("model.x", annotation, value)
    except UsageError:
        return
    assert parse_value("model.x", annotation, parsed) == parsed


# --set


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("model.width=3", ("model.width", "3")),
        (" model.width = 3 ", ("model.width", "3")),
        ("model.label=a=b", ("model.label", "a=b")),
        ("model.label=", ("model.label", "")),
    ],
)
def test_an_assignment_is_split_at_the_first_equals_sign(text: str, expected: tuple[str, str]) -> None:
    assert parse_assignment(text) == expected


@pytest.mark.parametrize("text", ["", "model.width", "=3", " = 3", "="])
def test_what_is_no_assignment_is_a_usage_error(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_assignment(text)
    assert f"--set takes section.key=value, for instance training.batch_size=64, not {text!r}" in str(
        caught.value
    )


@given(st.text().filter(lambda key: key.strip() and "=" not in key), st.text())
def test_an_assignment_gives_back_its_two_sides(key: str, value: str) -> None:
    assert parse_assignment(f"{key}={value}") == (key.strip(), value.strip())


# Files


def written(folder: Path, name: str, content: str | bytes) -> Path:
    """A new file."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_a_toml_file_and_a_json_file_say_the_same(tmp_path: Path) -> None:
    toml = written(
        tmp_path,
        "run.toml",
        '[model]\nname = "toy"\nsizes = [1, 2]\nslope = 0.5\nbias = true\n[training]\nepochs = 3\n',
    )
    tables = {
        "schema": 1,
        "model": {"name": "toy", "sizes": [1, 2], "slope": 0.5, "bias": True},
        "training": {"epochs": 3},
    }

    flat = parse_file(toml)

    # What a run has written is complete: no recipe comes beneath it.
    recorded = parse_file(written(tmp_path, "config.json", json.dumps(tables)))
    assert recorded == flat | {"model.recipe": "none"}
    assert flat == {
        "model.name": "toy",
        "model.sizes": [1, 2],
        "model.slope": 0.5,
        "model.bias": True,
        "training.epochs": 3,
    }
    assert resolved(flat)["model"]["sizes"] == (1, 2)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("new.json", '{"schema": 99}', "has schema 99, and this GanZoo reads schemas 1 to 4"),
        ("a.toml", "[model\n", r"a\.toml is not valid: .*line 1"),
        ("a.toml", "[model]\nwidth = 1\nwidth = 2\n", "is not valid: "),
        ("a.toml", "width = 3\n", r"has 'width' outside a section; write sections such as \[model\]"),
        ("a.toml", b"\xff\xfe", r"a\.toml can't be read: "),
        ("a.toml", f"[model]\nwidth = {'9' * 5000}\n", "is not valid: "),
        ("a.toml", f"[model]\nwidth = {'[' * 5000}{']' * 5000}\n", "is not valid: "),
        ("a.json", "{", r"a\.json is not valid: .*line 1"),
        ("a.json", "", "is not valid: "),
        ("a.json", "[1, 2]", "is not a table of sections"),
        ("a.json", "null", "is not a table of sections"),
        ("a.json", '{"model": "toy"}', "has 'model' outside a section"),
        ("a.json", f'{{"model": {{"width": {"9" * 5000}}}}}', "is not valid: "),
        ("a.json", "[" * 100_000, "is not valid: "),
    ],
    ids=itertools.count(),
)
def test_a_file_that_is_no_configuration_is_a_usage_error(
    tmp_path: Path, name: str, content: str | bytes, message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        parse_file(written(tmp_path, name, content))


def test_a_file_that_is_missing_is_a_usage_error(tmp_path: Path) -> None:
    for path in (tmp_path / "none.toml", tmp_path):
        with pytest.raises(UsageError, match="can't be read"):
            parse_file(path)


@pytest.mark.parametrize("settings", [{"width": {"deep": 1}}, {"width": math.nan}, {"slope": math.nan}])
def test_a_value_in_a_file_is_checked_as_any_other(tmp_path: Path, settings: dict[str, Any]) -> None:
    path = written(tmp_path, "a.json", json.dumps({"model": settings}))

    with pytest.raises(UsageError, match=r"model\.\w+ takes a"):
        resolved(parse_file(path))


# What is written replays

SETTINGS = st.fixed_dictionaries(
    {},
    optional={
        "model.width": st.integers(),
        "model.slope": FINITE,
        "model.bias": st.booleans(),
        "model.label": WORDS,
        "model.mode": st.sampled_from(["near", "far"]),
        "model.most": st.none() | st.integers(),
        "model.sizes": st.lists(st.integers()),
        "model.words": st.lists(WORDS),
        "upsampling.kernel_size": st.integers(),
        "training.learning_rate": st.floats(min_value=1e-30, allow_infinity=False),
        "run.data_dir": st.none() | WORDS,
    },
)
COMPONENTS = st.fixed_dictionaries(
    {},
    optional={
        "upsampling.name": st.sampled_from(["up-a", "acme:up-b", "zoo_upsamplings:UpB"]),
        "objective.name": st.sampled_from(["loss-a", "loss-b"]),
    },
)


@settings(deadline=None)
@given(COMPONENTS, SETTINGS)
def test_a_configuration_replays_from_what_is_written(components: Flat, chosen: Flat) -> None:
    configuration = resolve({"model.name": "acme:toy"}, DATASET, components, chosen)

    replayed = resolve(flatten(json.loads(json.dumps(configuration.to_json()))))

    assert replayed == configuration
    for key, value in chosen.items():
        section, _, name = key.partition(".")
        expected = tuple(value) if isinstance(value, list) else value
        if name != "data_dir":
            assert replayed.to_json()[section][name] == expected


def test_flatten_is_the_opposite_of_to_json() -> None:
    tables = {"model": {"name": "toy", "width": 3}, "training": {"epochs": 1}, "dataset": {}}

    assert flatten(tables) == {"model.name": "toy", "model.width": 3, "training.epochs": 1}


# Plugins that the text doesn't tell everything of


def test_a_plugin_that_can_be_read_is_not_imported() -> None:
    resolved({"upsampling.name": "up-b"})

    assert not [name for name in sys.modules if name.startswith("zoo_models")]


def test_a_plugin_that_must_be_imported_and_can_not_is_a_plugin_error(site: Any) -> None:
    source = HEADER + PLUGINS["models"].replace('= {"upsampling"', '= dict() or {"upsampling"')
    site.install("broken", {"ganzoo.models": {"computed": "zoo_c:Toy"}}, {"zoo_c.py": f"{source}\n1 / 0\n"})

    with pytest.raises(PluginError, match="ZeroDivisionError"):
        resolved(model="computed")


# The command line


@pytest.mark.parametrize(
    ("arguments", "winner"),
    [
        ("--config run.toml", "file"),
        ("--config run.toml --epochs option", "option"),
        ("--config run.toml --epochs option --set training.epochs=first", "first"),
        ("--set training.epochs=first --set training.epochs=second --epochs option", "second"),
    ],
)
def test_options_win_over_the_file_and_assignments_over_options(
    acme: Path, tmp_path: Path, ganzoo_command: Any, arguments: str, winner: str
) -> None:
    written(tmp_path, "run.toml", '[dataset]\nname = "dots"\nsize = 8\n[training]\nepochs = "file"\n')
    dataset = ["--dataset", "dots", "--set", "dataset.size=8"]

    # The message tells which of four wrong values had the last word.
    trained = ganzoo_command("train", "acme:toy", *dataset, *arguments.split(), path=acme)

    assert trained.returncode == 2
    assert f"training.epochs takes a whole number, not '{winner}'" in trained.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("train", "no model is named"),
        ("train acme:tyo", "did you mean 'acme:toy'"),
        ("train acme:toy", "no dataset is chosen"),
        ("train acme:toy --dataset dots", "dataset.size has no default"),
        ("train acme:toy --dataset dots --set bad", "--set takes section.key=value"),
        ("train acme:toy --dataset dots --set model.widht=3", "did you mean 'model.width'"),
        ("train acme:toy --dataset dots --set model.width=x", "takes a whole number, not 'x'"),
        ("train acme:toy --dataset dots --upsampling up-c", "did you mean 'up-b'"),
        ("train acme:toy --dataset dots --config none.toml", "can't be read"),
        ("train acme:toy --dataset dots --set dataset.size=8 --epochs x", "training.epochs takes a whole"),
        ("train acme:toy --dataset dots --set dataset.size=8 --epochs 0", "training.epochs must be"),
    ],
)
def test_a_usage_error_comes_before_torch(acme: Path, tmp_path: Path, arguments: str, message: str) -> None:
    code = (
        "import sys\nfrom ganzoo.cli import main\n"
        "try:\n    main(sys.argv[1:])\n"
        "finally:\n    print(sorted({'torch', 'numpy', 'rich', 'zoo_models'} & set(sys.modules)))\n"
    )

    result = subprocess.run(
        [sys.executable, "-c", code, *arguments.split()],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={"PYTHONPATH": str(acme)},
        timeout=60,
    )

    assert (result.returncode, result.stdout) == (2, "[]\n"), result.stderr
    assert message in result.stderr
    assert "Traceback" not in result.stderr
