"""Objectives and regularisations that remember: a checkpoint holds it, and a resumed run goes on exactly."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from ganzoo.runs import checkpoints

RIGHT = Path(__file__).parents[1] / "testing" / "right_parts.py"
TRAIN = "train gan --dataset digits --batch-size 16 --set model.hidden=8 --checkpoint-every 1"
PARTS = {
    "objective": ("--objective", f"{RIGHT}:RememberingObjective"),
    "regularisation": ("--regularisation", "lecam", "--set", "regularisation.start=1"),
    "path-length": ("--regularisation", "path-length", "--set", "regularisation.every=1"),
}


def newest(run: Path) -> dict[str, torch.Tensor]:
    return checkpoints.read_tensors(run / "checkpoints" / (run / "latest").read_text().strip())


@pytest.mark.parametrize("section", PARTS)
def test_four_steps_are_two_and_two(ganzoo: Any, tmp_path: Path, section: str) -> None:
    for name, lengths in (("straight", [4]), ("resumed", [2, 4])):
        run = tmp_path / name
        first = ganzoo(*TRAIN.split(), *PARTS[section], "--max-steps", lengths[0], "--out", run)
        assert first.code == 0, first.err
        assert "no checkpoint holds" not in first.err
        for length in lengths[1:]:
            assert ganzoo("train", "--resume", run, "--max-steps", length).code == 0
    straight, resumed = newest(tmp_path / "straight"), newest(tmp_path / "resumed")

    remembered = [name for name in straight if name.startswith((f"{section}.", "regularisation."))]
    assert remembered
    assert any(straight[name].any() for name in remembered)
    assert straight.keys() == resumed.keys()
    assert [name for name in straight if not torch.equal(straight[name], resumed[name])] == []


def test_a_training_that_matches_features_resumes_exactly(ganzoo: Any, tmp_path: Path) -> None:
    for name, lengths in (("straight", [4]), ("resumed", [2, 4])):
        run = tmp_path / name
        options = ("--objective", "feature-matching", "--max-steps", lengths[0], "--out", run)
        assert ganzoo(*TRAIN.split(), *options).code == 0
        for length in lengths[1:]:
            assert ganzoo("train", "--resume", run, "--max-steps", length).code == 0
    straight, resumed = newest(tmp_path / "straight"), newest(tmp_path / "resumed")

    assert straight.keys() == resumed.keys()
    assert [name for name in straight if not torch.equal(straight[name], resumed[name])] == []


def test_a_discriminator_without_features_is_refused_at_the_start(ganzoo: Any, tmp_path: Path) -> None:
    found = ganzoo(
        "train", f"{RIGHT}:UnlabelledModel", "--dataset", "digits", "--objective", "feature-matching",
        "--max-steps", 1, "--out", tmp_path / "run",
    )  # fmt: skip

    assert found.code == 2
    assert "ganzoo-objectives:feature-matching asks for features of the discriminator" in found.err
    assert "UnlabelledModel" in found.err
    assert "sets no head" in found.err


def test_lecam_begins_when_it_says(ganzoo: Any, tmp_path: Path) -> None:
    """`metrics.jsonl` shows what was paid: nothing at first, then something."""
    run = tmp_path / "run"
    options = ("--regularisation", "lecam", "--set", "regularisation.start=2", "--set", "run.log_every=1")
    assert ganzoo(*TRAIN.split(), *options, "--max-steps", 4, "--out", run).code == 0

    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    paid = [line["penalty"] for line in lines if line["kind"] == "losses"]
    assert paid[:2] == [0.0, 0.0]
    assert all(penalty > 0 for penalty in paid[2:])


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor that is not a leaf")
@pytest.mark.parametrize(
    "parts",
    [
        ("--objective", "feature-matching", "--augmentation", "diffaugment", "--compile"),
        (
            "--objective",
            "feature-matching",
            "--regularisation",
            "path-length",
            "--set",
            "training.accumulate=2",
        ),
    ],
    ids=["features compiled", "features and path length in parts"],
)
def test_what_asks_for_more_goes_with_the_rest(ganzoo: Any, tmp_path: Path, parts: tuple[str, ...]) -> None:
    """bf16, fresh fakes, an augmentation, a batch in parts, compiled networks."""
    options = ("--precision", "bf16", "--set", "training.fresh_fakes=true", "--set", "run.log_every=1")
    found = ganzoo(*TRAIN.split(), *parts, *options, "--max-steps", 2, "--out", tmp_path / "run")
    assert found.code == 0, found.err

    lines = [json.loads(line) for line in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()]
    assert all(line["generator_loss"] > 0 for line in lines if line["kind"] == "losses")
