"""`ganzoo check`: what it prints, what it exits with, and how a plugin is named."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ganzoo.testing.suites import suite_of

forked = pytest.mark.usefixtures("forked_imports")
"""Of a test that says nothing of the process in which a plugin is imported."""

OBJECTIVE = '''
from ganzoo.interfaces import Objective


class Mine(Objective):
    """Least squares with the targets 0 and 1."""

    ganzoo_api = 1

    def __init__(self, config):
        pass

    def discriminator_loss(self, real_logits, fake_logits):
        return ((real_logits - 1).square().mean() + fake_logits.square().mean()) / 2

    def generator_loss(self, fake_logits, real_logits=None):
        return (fake_logits - 1).square().mean() / 2
'''
WRONG = OBJECTIVE.replace("(fake_logits - 1).square().mean()", "(fake_logits + 1).square().mean()")
SIGN = "generator-wants-its-images-high"


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    (tmp_path / "mine.py").write_text(OBJECTIVE, encoding="utf-8")
    (tmp_path / "wrong.py").write_text(WRONG, encoding="utf-8")
    (tmp_path / "dies.py").write_text("import os\nos._exit(3)\n" + OBJECTIVE, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    "name", ["bce", "ganzoo-objectives:bce", "ganzoo_objectives.bce:BCE", "mine.py:Mine"]
)
def test_a_plugin_that_conforms_exits_with_0(ganzoo, mine, name) -> None:
    result = ganzoo("check", name)
    assert (result.code, result.err) == (0, "")
    checks = suite_of("objective").checks
    assert [line.split() for line in result.out.splitlines()[1 : len(checks) + 1]] == [
        ["ok", check.name] for check in checks
    ]
    assert f"{len(checks)} checks ran" in result.out


@forked
def test_a_failing_check_exits_with_1_and_says_what_to_do(ganzoo, mine) -> None:
    result = ganzoo("check", "wrong.py:Mine")
    assert result.code == 1
    assert re.search(rf"^  FAIL +{SIGN}$", result.out, re.MULTILINE)
    assert "error: the objective" in result.err
    assert "the generator's loss does not fall where the logits of its images rise" in result.err
    assert "why: A generator that is rewarded" in result.err
    assert "what to do: The generator's loss falls where" in result.err


@forked
def test_an_expected_failure_is_strict(ganzoo, mine) -> None:
    result = ganzoo("check", "wrong.py:Mine", "--expect-failure", SIGN)
    assert result.code == 0, result.err
    assert "failed as expected" in result.out
    result = ganzoo("check", "mine.py:Mine", "--expect-failure", SIGN)
    assert result.code == 1
    assert f"{SIGN} was expected to fail and passes" in result.err


@forked
def test_json_is_one_object_whatever_the_outcome(ganzoo, mine) -> None:
    result = ganzoo("check", "wrong.py:Mine", "--json")
    assert result.code == 1
    report = result.json
    assert (report["schema"], report["kind"], report["passed"]) == (1, "objective", False)
    assert [r["check"] for r in report["results"] if r["status"] == "failed"] == [SIGN]
    assert report["ran"] == len(report["results"]) >= report["minimum"]
    assert len(report["problems"]) == 1


@forked
def test_settings_and_folders_reach_the_plugin(ganzoo, mine) -> None:
    result = ganzoo("check", "bce", "--set", "objective.real_target=0.9")
    assert result.code == 0, result.err
    result = ganzoo("check", "folder", "--data-dir", mine)
    assert result.code == 1
    assert "holds no images" in result.err
    assert "loads failed" in result.out


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["bcee"], 2, "did you mean 'bce'"),
        (["absent.py:Mine"], 2, "can't be read from 'absent.py'"),
        (["bce", "--kind", "model"], 2, "there is an objective of that name"),
        (["bce", "--set", "objective.real"], 2, "--set takes section.key=value"),
        (["bce", "--set", "objective.real_target=2"], 2, "objective (bce): real_target must be above 0"),
        (["bce", "--set", "objective.target=1"], 2, "did you mean 'objective.real_target'"),
        (["bce", "--expect-failure", "losses-are-mean"], 2, "did you mean 'losses-are-means'"),
        ([], 2, "ganzoo check NAME, or ganzoo check --all"),
        (["bce", "--all"], 2, "--all goes without NAME"),
        (["--all", "--set", "objective.real_target=1"], 2, "--all goes without --set"),
        (["bce", "--device", "mps"], 2, "checks need float64"),
        (["bce", "--device", "gpu"], 2, "there is no device 'gpu'"),
        (["dies.py:Mine"], 3, "ends the interpreter with exit code 3"),
    ],
)
def test_mistakes_are_said_in_words(ganzoo, mine, arguments, code, message) -> None:
    result = ganzoo("check", *arguments)
    assert (result.code, result.out) == (code, "")
    assert message in result.err


@forked
def test_kind_is_asked_for_only_where_a_name_is_ambiguous(ganzoo, site) -> None:
    site.install(
        "ganzoo-two",
        {
            "ganzoo.objectives": {"twin": "ganzoo_two:Mine"},
            "ganzoo.upsamplings": {"twin": "ganzoo_two:Other"},
        },
        {"ganzoo_two.py": OBJECTIVE},
    )
    result = ganzoo("check", "twin")
    assert result.code == 2
    assert "--kind upsampling or --kind objective" in result.err
    assert ganzoo("check", "twin", "--kind", "objective").code == 0
