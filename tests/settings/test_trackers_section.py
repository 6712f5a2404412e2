"""The section `tracker`: any number of plugins with their settings, which no resumed run is tied to."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ganzoo.errors import UsageError
from ganzoo.interfaces import End, TrackedTraining, Tracker
from ganzoo.settings.configuration import Configuration, flatten, parse_file
from ganzoo.settings.merging import require_resumable, resolve

TRAINING = {"model.name": "dcgan", "dataset.name": "digits"}


class Silent(Tracker):
    """Keeps nothing."""

    ganzoo_api = 1

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Settings of `silent`."""

        project: str = "mine"
        """What it is of."""

    def __init__(self, config: object) -> None: ...
    def started(self, run: TrackedTraining) -> None: ...
    def measured(self, step: int, images: int, figures: object) -> None: ...
    def sampled(self, step: int, images: int, grid: Path) -> None: ...
    def ended(self, how: End) -> None: ...


def chosen(configuration: Configuration) -> dict[str, Any]:
    return {tracker.name: dict(tracker.settings) for tracker in configuration.trackers}


def test_there_are_none_unless_some_are_named() -> None:
    assert resolve(TRAINING).trackers == ()
    assert "tracker" not in resolve(TRAINING).to_json()
    assert chosen(resolve(TRAINING, {"tracker.name": "none"})) == {}


@pytest.mark.parametrize(
    "names", ["tensorboard, wandb", ("tensorboard", "wandb"), ["ganzoo-trackers:tensorboard,wandb"]]
)
def test_several_are_named_by_text_or_a_list(names: object) -> None:
    found = resolve(TRAINING, {"tracker.name": names, "tracker.wandb.project": "zoo"})

    assert chosen(found) == {"tracker.tensorboard": {}, "tracker.wandb": {"project": "zoo"}}


def test_a_class_may_be_one_of_them() -> None:
    found = resolve(TRAINING, {"tracker.name": [Silent, "tensorboard"], "tracker.Silent.project": "yours"})

    assert chosen(found) == {"tracker.Silent": {"project": "yours"}, "tracker.tensorboard": {}}


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    found = resolve(TRAINING, {"tracker.name": "wandb,tensorboard", "tracker.wandb.project": "zoo"})
    (tmp_path / "config.json").write_text(json.dumps({"schema": 4, **found.to_json()}))

    again = resolve(parse_file(tmp_path / "config.json"))

    assert again.trackers == found.trackers


def test_settings_of_those_that_are_no_longer_chosen_are_dropped() -> None:
    file = {**TRAINING, "tracker.name": "wandb,mlflow", "tracker.wandb.project": "zoo",
            "tracker.mlflow.experiment": "first"}  # fmt: skip

    assert chosen(resolve(file, {"tracker.name": "mlflow"})) == {"tracker.mlflow": {"experiment": "first"}}
    assert chosen(resolve(file, {"tracker.name": "none"})) == {}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"tracker.name": "tensorbord"}, "did you mean 'tensorboard'"),
        ({"tracker.name": 3}, "tracker.name takes names of plugins with commas between them, not 3"),
        (
            {"tracker.wandb.project": "zoo"},
            "sets a tracker that is not chosen\nadd --tracker wandb, or leave it out",
        ),
        ({"tracker.name": "wandb", "tracker.project": "zoo"}, "write tracker.wandb.project=VALUE"),
        ({"tracker.name": "wandb", "tracker.wandb.projct": "zoo"}, "did you mean 'tracker.wandb.project'"),
        ({"tracker.name": "wandb", "tracker.wandb.mode": "loud"}, "tracker.wandb.mode takes"),
        ({"run.tensorboard": True}, "run.tensorboard is a tracker now\nwrite --tracker tensorboard"),
    ],
)
def test_a_mistake_is_answered_in_words(given: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError) as error:
        resolve(TRAINING, given)

    assert message in str(error.value)


def test_files_of_before_name_the_tracker_that_was_meant(tmp_path: Path) -> None:
    (tmp_path / "run.toml").write_text("[run]\ntensorboard = true\nlog_every = 5\n")

    assert parse_file(tmp_path / "run.toml") == {
        "tracker.name": "ganzoo-trackers:tensorboard",
        "run.log_every": 5,
    }
    assert flatten({"schema": 1, "training": {"tensorboard": True}})["tracker.name"].endswith(":tensorboard")
    assert flatten({"run": {"tensorboard": False}}) == {}
    assert flatten({"run": {"tensorboard": True}, "tracker": {"name": "wandb"}}) == {"tracker.name": "wandb"}


def test_a_resumed_run_may_change_them() -> None:
    require_resumable({"tracker.name": "none", "tracker.wandb.project": "zoo"})


def test_networks_alone_have_none() -> None:
    found = resolve({**TRAINING, "tracker.name": "wandb", "tracker.wandb.project": "x"}, training=False)

    assert found.trackers == ()
