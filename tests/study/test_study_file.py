"""A study's file: what it says is what the command would say, and variants may differ in many settings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ganzoo.cli import main
from ganzoo.cli.study_options import work_command
from ganzoo.errors import UsageError
from ganzoo.study import creation
from ganzoo.study.axes import named_axis, parse_axis
from ganzoo.study.budget import Budget, parse_budget
from ganzoo.study.design import Design, design_from_json
from ganzoo.study.file import read_study_file
from ganzoo.study.folder import StudyFolder
from ganzoo.study.refusals import require_possible

FILE = """
[study]
vary = "objective=bce,hinge"
budget = ["images=50k", "until=class-accuracy>0.8"]
metric = ["class-accuracy", "frechet-distance"]
seeds = 5
margin = 0.1
prune = false

[dataset]
name = "digits"

[run]
evaluate_every = 7

[variants.narrow.model]
name = "acgan"
channels = 8

[variants.narrow.training]
batch_size = 10

[variants.fast.model]
name = "cgan"
recipe = "fast"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "labels.toml"
    path.write_text(FILE, encoding="utf-8")
    return path


def asked(monkeypatch: pytest.MonkeyPatch, *words: str) -> Design:
    """The design that a command makes."""
    designs: list[Design] = []
    monkeypatch.setattr(creation, "create", lambda _, design, **__: designs.append(design))
    with pytest.raises(SystemExit) as ended:
        main(["study", *words, "--out", "s", "--plan"])
    assert ended.value.code == 0
    return designs[0]


def test_a_file_says_what_the_command_would(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    design = asked(monkeypatch, "--base", str(file), "--seeds", "2", "--set", "run.evaluate_num=90")

    assert [variant.label for variant in design.variants] == [
        "narrow, objective=bce", "narrow, objective=hinge", "fast, objective=bce", "fast, objective=hinge",
    ]  # fmt: skip
    assert design.variants[0].name == "narrow_bce"
    assert design.metrics == ("class-accuracy", "frechet-distance")
    assert design.budget == parse_budget(["images=50k", "until=class-accuracy>0.8"])
    assert (design.seeds, design.margin, design.is_pruned) == (2, 0.1, False)  # the command's, the file's
    assert design_from_json(json.loads(json.dumps(design.to_json()))) == design

    configurations = [design.resolved(v.values, {"run.evaluate_every": 100}) for v in design.variants]
    assert [(c.plugin("model").name, c.plugin("objective").name) for c in configurations] == [
        ("acgan", "bce"), ("acgan", "hinge"), ("cgan", "bce"), ("cgan", "hinge"),
    ]  # fmt: skip
    trainings = [c.training for c in configurations if c.training]
    assert [(t.batch_size, t.max_steps) for t in trainings[::2]] == [(10, 5000), (64, 782)]
    assert trainings[2].learning_rate == 1e-3  # of cgan's fast recipe
    assert [(c.run.evaluate_every, c.run.evaluate_num) for c in configurations if c.run] == [(7, 90)] * 4


def test_a_recipe_that_is_asked_for_is_every_models(tmp_path: Path) -> None:
    path = tmp_path / "base.toml"
    path.write_text('[model]\nname = "acgan"\nrecipe = "fast"\n[dataset]\nname = "digits"\n')
    design = Design(
        file=read_study_file(path).settings, given={}, axes=(parse_axis("model=acgan,cgan"),), seeds=1,
        budget=Budget("steps", 10), metrics=("frechet-distance",),
    )  # fmt: skip
    trainings = [design.resolved(variant.values, {}).training for variant in design.variants]
    assert [training.learning_rate for training in trainings if training] == [1e-3, 1e-3]


def test_the_rhythm_of_a_finished_run_is_not_the_studys(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text(json.dumps({"model": {"name": "gan"}, "run": {"evaluate_every": None, "log_every": 3}}))
    assert read_study_file(path).settings == {"model.name": "gan"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "[study]\nseed = 3",
            r"'seed' in \[study\], which is no option of a study; did you mean 'seeds'",
        ),
        ('[study]\nseeds = "three"', r"seeds in \[study\] can't be 'three'; it takes a whole number"),
        ("[study]\nseeds = true", r"seeds in \[study\] can't be True"),
        ("[study]\nvary = [1, 2]", r"vary in \[study\] can't be \[1, 2\]; it takes a text, or a list"),
        ("[variants]\nnarrow = 3", "the variant narrow is not a table of sections"),
        ("[variants.narrow]\nname = 3", r"write \[variants\.narrow\.training\]"),
        ("[studyy]\nseeds = 3", r"labels.toml: there is no section 'studyy'; did you mean 'study'"),
        ("[variant.x.training]\nepochs = 3", r"there is no section 'variant'; did you mean 'variants'"),
        ('[modle]\nname = "gan"', r"there is no section 'modle'; did you mean 'model'"),
    ],
)
def test_what_no_study_knows_is_named(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "labels.toml"
    path.write_text(text)
    with pytest.raises(UsageError, match=message):
        read_study_file(path)


def test_a_wrong_option_of_a_study_is_answered_by_the_command_that_was_typed(ganzoo: Any) -> None:
    result = ganzoo("study", "gan", "--seeds", "0")

    assert result.code == 2
    assert "Usage: ganzoo study [OPTIONS] [MODEL]\nTry 'ganzoo study --help'" in result.err


def test_the_next_command_asks_for_a_database_that_only_an_option_has_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("GANZOO_STUDY_STORAGE", raising=False)
    study = StudyFolder(Path("rates"), "postgresql://me:secret@host/studies")

    assert work_command(StudyFolder(Path("rates"))) == "ganzoo study work rates"
    assert work_command(study) == "ganzoo study work rates --storage URL"
    monkeypatch.setenv("GANZOO_STUDY_STORAGE", "postgresql://me:secret@host/studies")
    assert work_command(study) == "ganzoo study work rates"


@pytest.mark.parametrize(
    ("sets", "message"),
    [
        ({"one": {"model.name": "gan"}}, "there is one variant, one: name two or more"),
        (
            {"a": {"model.name": "gan"}, "b": {"training.seed": 3}},
            "the variant b: a study decides training.seed itself, for all variants alike; see --seeds",
        ),
    ],
)
def test_variants_that_are_none_are_refused(sets: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        named_axis(sets)


STUDIES = sorted((Path(__file__).parents[2] / "benchmarks" / "studies").glob("*.toml"))


@pytest.mark.parametrize("path", STUDIES, ids=[path.stem for path in STUDIES])
def test_the_studies_of_the_results_can_be_trained(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(path.parents[2])  # they name files from the root of the repository
    found = read_study_file(path)
    named = (named_axis(found.variants),) if found.variants else ()
    require_possible(Design(
        file=found.settings, given={}, axes=(*named, *map(parse_axis, found.options.get("vary", ()))),
        seeds=1, budget=parse_budget(found.options["budget"]), metrics=("frechet-distance",),
        is_paired=not found.options.get("unpaired", False),
    ))  # fmt: skip
