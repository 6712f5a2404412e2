"""`ganzoo bench predict`: what whole trainings will take, a row for each, before one begins."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ganzoo.benchmark.measure.processes import Stopped
from ganzoo.cli import predictions

SMALL = (
    "--dataset", "digits", "--batch-size", "16", "--set", "model.hidden=8,8", "--device", "cpu",
    "--max-steps", "30",
)  # fmt: skip

HUNDRED = ",".join(map(str, range(1, 101)))
BY_THE_THOUSAND = ("--epochs", HUNDRED, "--batch-size", HUNDRED, "--seed", HUNDRED)

FORETOLD = {
    "steps": 30, "all_steps": 30, "measured": 8, "seconds": 0.6, "interval": [0.5, 0.7],
    "seconds_per_step": 0.02, "memory": 300_000_000, "checkpoint": 5_000, "disk": 20_000,
}  # fmt: skip


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What each process was told, in place of the processes, which take seconds."""
    calls: list[list[str]] = []

    def run(module: str, arguments: Any, _request: str, _timeout: float) -> Any:
        calls.append([module, *arguments])
        return subprocess.CompletedProcess(arguments, 0, json.dumps(FORETOLD), "")

    monkeypatch.setattr(predictions, "run", run)
    return calls


def test_a_training_is_foretold_and_nothing_is_written(
    ganzoo: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)

    result = ganzoo("bench", "predict", "gan", *SMALL, "--json")

    assert result.code == 0, result.err
    (told,) = json.loads(result.out)["predictions"]
    assert told["settings"]["model.name"] == "ganzoo-models:gan"
    assert told["reason"] is None
    found = told["forecast"]
    assert found["steps"] == 30
    assert found["interval"][0] <= found["seconds"] <= found["interval"][1]
    assert found["memory"] > 50_000_000, "of a process that has torch"
    assert list(tmp_path.iterdir()) == []


def test_every_combination_has_a_row(ganzoo: Any, asked: list[list[str]]) -> None:
    result = ganzoo("bench", "predict", "gan", "dcgan", "--dataset", "digits", "--batch-size", "16,32")

    assert result.code == 0, result.err
    heading, *rows = [line.split() for line in result.out.splitlines() if line][1:]
    assert heading[:3] == ["model", "training.batch_size", "steps"]
    assert [row[:3] for row in rows] == [
        ["gan", "16", "30"], ["gan", "32", "30"], ["dcgan", "16", "30"], ["dcgan", "32", "30"],
    ]  # fmt: skip
    assert "1/4: model gan, training.batch_size 16" in result.err, "what all share is in the table"
    assert [words[:5] for words in asked[:1]] == [
        ["ganzoo", "train", "ganzoo-models:gan", "--dry-run", "--json"]
    ]
    assert asked[3][5:] == ["--set", "dataset.name=digits", "--set", "training.batch_size=32"]


def test_a_combination_that_can_not_be_had_says_why(ganzoo: Any, asked: list[list[str]]) -> None:
    result = ganzoo("bench", "predict", "gan", "dcgan", "--dataset", "digits", "--set", "model.channels=16")

    assert result.code == 0, result.err
    assert len(asked) == 1, "gan has no channels, and is not tried"
    assert "channels" in next(line for line in result.out.splitlines() if line.split()[:1] == ["gan"])


@pytest.mark.slow
def test_one_that_fails_says_why_and_the_others_are_foretold(ganzoo: Any) -> None:
    """There are 1,797 digits: what is too many for a batch only the data tell."""
    result = ganzoo("bench", "predict", "gan", *SMALL, "--set", "training.batch_size=5000", "--json")

    assert result.code == 0, result.err
    well, failed = json.loads(result.out)["predictions"]
    assert well["forecast"] is not None
    assert failed["forecast"] is None
    assert "fewer than one batch of 5000" in failed["reason"]


@pytest.mark.slow
def test_where_none_is_foretold_it_fails_as_the_training_would(ganzoo: Any) -> None:
    result = ganzoo("bench", "predict", "gan", "--dataset", "digits", "--device", "gpu")

    assert result.code == 2
    assert "error: " in result.err
    assert "'gpu'" in result.err
    assert result.out == ""


EXAMPLE = Path(__file__).parents[2] / "examples" / "in-one-file" / "split_latents.py"

TALKING = """
import os
print("imported", flush=True)
os.write(1, b"and told past Python")
"""


@pytest.mark.slow
def test_what_a_plugin_prints_does_not_spoil_the_answer(ganzoo: Any, tmp_path: Path) -> None:
    file = tmp_path / "talking.py"
    file.write_text(EXAMPLE.read_text(encoding="utf-8") + TALKING, encoding="utf-8")

    result = ganzoo(
        "bench", "predict", f"{file}:SplitLatents", "--dataset", "digits", "--batch-size", "4",
        "--device", "cpu", "--max-steps", "8", "--json",
    )  # fmt: skip

    assert result.code == 0, result.err
    (told,) = json.loads(result.out)["predictions"]
    assert told["reason"] is None
    assert told["forecast"]["measured"] <= 8, "a training of eight steps needs no more"


def answers(monkeypatch: pytest.MonkeyPatch, *ended: tuple[int, str, str]) -> None:
    """What processes end with, one after the other: exit code, stdout and stderr."""
    left = list(ended)

    def run(_module: str, arguments: Any, _request: str, _timeout: float) -> Any:
        code, output, errors = left.pop(0)
        if code == -15:
            raise Stopped(15)
        return subprocess.CompletedProcess(arguments, code, output, errors)

    monkeypatch.setattr(predictions, "run", run)


def test_a_process_that_ends_without_an_answer_costs_its_own_row_only(
    ganzoo: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = json.dumps(FORETOLD)
    said = "preparing\nerror: there is no such weight\nuse --set model.weights=random\n"
    answers(monkeypatch, (0, "", ""), (0, told, ""), (3, "", said), (-9, "", ""))

    result = ganzoo("bench", "predict", "gan", "--dataset", "digits", "--epochs", "1,2,3,4", "--json")

    assert result.code == 0, result.err
    nonsense, well, refused, killed = json.loads(result.out)["predictions"]
    assert nonsense["reason"].startswith("its process answered nonsense")
    assert well["forecast"]["steps"] == 30
    assert refused["reason"] == "there is no such weight\nuse --set model.weights=random"
    assert "killed" in killed["reason"]


def test_what_is_known_when_it_is_stopped_is_shown(ganzoo: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    answers(monkeypatch, (0, json.dumps(FORETOLD), ""), (-15, "", ""))

    result = ganzoo("bench", "predict", "gan", "--dataset", "digits", "--epochs", "1,2,3")

    assert result.code == 143
    assert "stopped as asked; until then 1 training had been looked at" in result.err
    assert len([line for line in result.out.splitlines() if line.startswith("gan ")]) == 1


def test_a_file_is_what_the_rest_is_put_on(ganzoo: Any, asked: list[list[str]], tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('[model]\nname = "gan"\n[dataset]\nname = "digits"\n', encoding="utf-8")

    result = ganzoo("bench", "predict", "--config", str(file), "--epochs", "3")

    assert result.code == 0, result.err
    assert asked == [
        ["ganzoo", "train", "--dry-run", "--json", "--config", str(file), "--set", "training.epochs=3"]
    ]
    assert [line.split()[0] for line in result.out.splitlines()] == ["steps", "time", "memory", "disk"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "needs a MODEL, or --config FILE"),
        (("gan",), "dataset"),
        (("gna", "--dataset", "digits"), "'gna'"),
        (
            ("gan", "--dataset", "digits", "--epochs", "many"),
            "training.epochs takes a whole number, not 'many'",
        ),
        (("gan", "--dataset", "digits", "--batch-size", "16,,32"), "empty place"),
        (("gan", "--dataset", "digits", "--set", "model.name=dcgan"), "name the models instead"),
        (("gan", "--dataset", "digits", *BY_THE_THOUSAND), "1,000,000 combinations of settings are too many"),
    ],
)
def test_what_fits_no_training_is_refused(ganzoo: Any, arguments: tuple[str, ...], said: str) -> None:
    result = ganzoo("bench", "predict", *arguments)

    assert result.code == 2
    assert said in result.err


def test_json_is_of_a_dry_run(ganzoo: Any) -> None:
    result = ganzoo("train", "gan", "--dataset", "digits", "--json")

    assert result.code == 2
    assert "--json is of --dry-run" in result.err
