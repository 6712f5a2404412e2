"""Times and `run.until`: a training ends before its last step, and stays ended."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from ganzoo.cli.progress import PlainProgress
from ganzoo.errors import UsageError
from ganzoo.evaluation.selection import require_known_goal
from ganzoo.runs import checkpoints
from ganzoo.runs.folder import Run
from ganzoo.settings.goal import Goal, parse_goal
from ganzoo.settings.merging import resolve
from ganzoo.training import loop

SETTINGS = {
    "model.name": "gan", "model.hidden": "8", "dataset.name": "digits", "training.batch_size": 16,
    "training.max_steps": 12, "run.sample_every": 50, "run.log_every": 2,
}  # fmt: skip


def train(path: Path, changes: dict[str, Any], make: Any = None) -> Run:
    run = loop.train(resolve(SETTINGS, changes), path, {}, PlainProgress(), make)
    assert run is not None
    return run


def scripted(values: list[float]) -> Any:
    left = list(values)
    return lambda configuration, device: (
        lambda generator: {"distance (pixels)": {"metric": "frechet-distance", "value": left.pop(0)}}
    )


def step_of(run: Run) -> int:
    return int(checkpoints.read_metadata(run.latest_checkpoint())["step"])


def test_a_goal_is_read_as_it_is_written() -> None:
    assert parse_goal("frechet-distance<40") == Goal("frechet-distance", True, 40.0)
    assert str(parse_goal(" class-accuracy > 0.8 ")) == "class-accuracy>0.8"
    assert parse_goal("precision>0.5").is_met(0.6)
    assert not parse_goal("precision>0.5").is_met(0.5)
    assert not parse_goal("precision>0.5").is_met(None)


@pytest.mark.parametrize(
    "text", ["", "frechet-distance", "frechet-distance=40", "a<b", "a<nan", "a<inf", "<4"]
)
def test_what_is_no_goal_is_refused(text: str) -> None:
    with pytest.raises(
        UsageError, match=r"run\.until must be a metric and a value, such as frechet-distance<40"
    ):
        resolve(SETTINGS, {"run.until": text, "run.evaluate_every": 4})


def test_a_goal_needs_evaluations_and_a_metric_that_they_compute() -> None:
    with pytest.raises(UsageError, match="needs evaluations; say how often with evaluate_every"):
        resolve(SETTINGS, {"run.until": "precision>0.5"})
    wrong = resolve(SETTINGS, {"run.until": "frechet-distnce<4", "run.evaluate_every": 4})
    with pytest.raises(UsageError, match="did you mean 'frechet-distance'"):
        require_known_goal(wrong)


def test_a_training_ends_with_the_evaluation_that_is_good_enough_and_is_not_gone_on_with(
    tmp_path: Path,
) -> None:
    goal = {"run.evaluate_every": 4, "run.until": "frechet-distance<2"}
    run = train(tmp_path / "run", goal, scripted([3.0, 1.0]))
    assert [line["step"] for line in run.read_metrics("evaluation")] == [4, 8]
    assert step_of(run) == 8

    loop.resume(run.path, {}, PlainProgress(), scripted([]))
    assert step_of(run) == 8

    loop.resume(run.path, {"run.until": "none"}, PlainProgress(), scripted([5.0]))
    assert step_of(run) == 12


def test_every_evaluation_has_a_line_of_losses_that_says_when_it_was(tmp_path: Path) -> None:
    goal = {"run.evaluate_every": 3, "run.until": "frechet-distance<2", "run.log_every": 5}
    run = train(tmp_path / "run", goal, scripted([3.0, 1.0]))
    assert [line["step"] for line in run.read_metrics("losses")] == [3, 5, 6]


@pytest.mark.parametrize("limit", ["run.max_seconds", "run.max_processor_seconds"])
def test_a_training_that_is_out_of_time_ends_whole_and_more_time_changes_nothing_of_it(
    tmp_path: Path, limit: str
) -> None:
    whole = train(tmp_path / "whole", {})
    short = train(tmp_path / "short", {limit: 1e-9, "run.evaluate_every": 5}, scripted([1.0, 1.0, 1.0, 1.0]))
    assert step_of(short) == 1
    assert [line["step"] for line in short.read_metrics("losses")] == [1]
    assert [line["step"] for line in short.read_metrics("evaluation")] == [1]

    loop.resume(short.path, {limit: "none"}, PlainProgress(), scripted([1.0, 1.0, 1.0, 1.0]))

    mine, theirs = (checkpoints.read_tensors(each.latest_checkpoint()) for each in (short, whole))
    weights = [name for name in theirs if not name.startswith("meter.")]
    assert all(torch.equal(mine[name], theirs[name]) for name in weights)
