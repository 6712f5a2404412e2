"""Weights & Biases and MLflow: what they are told, by stand-ins of the calls that are used, and by themselves
where they are installed.
"""

from __future__ import annotations

import json
import sys
import types
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ganzoo_trackers import MLflow, WeightsAndBiases
from ganzoo_trackers.book import Book
from PIL import Image

from ganzoo.errors import UsageError
from ganzoo.interfaces import TrackedTraining, Tracker

CONFIGURATION = {"model": {"name": "ganzoo-models:dcgan", "channels": 8}, "training": {"flip": False}}


class Told:
    """A stand-in of either program: it keeps what it is told, as JSON can say it."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, Any]] = []
        self.summary: dict[str, Any] = {}

    def named(self, name: str) -> list[Any]:
        """What every call of that name was given."""
        return [given for called, given in self.calls if called == name]

    def init(self, **settings: Any) -> Told:
        self.calls.append(("init", settings))
        return self

    def log(self, figures: dict[str, Any], step: int) -> None:
        self.calls.append(("log", (step, figures)))

    def finish(self, exit_code: int) -> None:
        self.calls.append(("finish", exit_code))

    def get_experiment_by_name(self, name: str) -> None:
        self.calls.append(("experiment", name))

    def create_experiment(self, name: str) -> str:
        return "1"

    def create_run(self, experiment: str, run_name: str) -> Any:
        self.calls.append(("run", run_name))
        return SimpleNamespace(info=SimpleNamespace(run_id="abc"))

    def update_run(self, run: str, status: str) -> None:
        self.calls.append(("update", (run, status)))

    def log_batch(self, run: str, metrics: tuple[Any, ...] = (), params: tuple[Any, ...] = ()) -> None:
        self.calls += [("metric", each) for each in metrics] + [("param", each) for each in params]

    def log_artifact(self, run: str, path: str, artifact_path: str) -> None:
        self.calls.append(("artifact", (run, Path(path).name, artifact_path)))

    def set_tag(self, run: str, key: str, value: str) -> None:
        self.calls.append(("tag", (key, value)))

    def set_terminated(self, run: str, status: str) -> None:
        self.calls.append(("end", status))


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    """What both programs are told; neither need be installed."""
    told = Told()
    wandb, mlflow, entities = (types.ModuleType(name) for name in ("wandb", "mlflow", "mlflow.entities"))
    wandb.__dict__.update(init=told.init, Image=lambda path: Path(path).name, Settings=lambda **given: given)
    mlflow.__dict__["MlflowClient"] = lambda tracking_uri: told
    entities.__dict__.update(
        Metric=lambda key, value, _time, step: (key, value, step), Param=lambda key, value: (key, value)
    )
    for module in (wandb, mlflow, entities):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    return told


def follow(tracker: Tracker, folder: Path, steps: tuple[int, ...], first: int = 0) -> None:
    """Tells a tracker of a training of 16 images a step, with an evaluation at its end."""
    tracker.started(TrackedTraining(folder, CONFIGURATION, first, steps[-1]))
    for step in steps:
        grid = folder / f"step-{step:08}.png"
        Image.new("L", (8, 8), step).save(grid)
        tracker.measured(step, 16 * step, {"generator_loss": 0.5})
        tracker.sampled(step, 16 * step, grid)
    tracker.measured(steps[-1], 16 * steps[-1], {"frechet-distance (classifier)": 40.0})
    tracker.ended("finished")


def test_wandb_is_told_everything_once(told: Told, tmp_path: Path) -> None:
    config = WeightsAndBiases.Config(project="digits", mode="offline")
    follow(WeightsAndBiases(config), tmp_path, (2, 4))
    follow(WeightsAndBiases(config), tmp_path, (4, 6), first=2)

    first, again = told.named("init")
    assert (first["project"], first["mode"], first["name"]) == ("digits", "offline", tmp_path.name)
    assert first["config"] == CONFIGURATION
    assert (again["id"], again["resume"]) == (first["id"], "allow")
    logged = told.named("log")
    assert [step for step, figures in logged if "generator_loss" in figures] == [2, 4, 6]
    assert [figures["grid"] for _, figures in logged if "grid" in figures] == [
        f"step-{step:08}.png" for step in (2, 4, 6)
    ]
    assert [figures["images"] for _, figures in logged if "generator_loss" in figures] == [32, 64, 96]
    assert [step for step, figures in logged if "frechet-distance (classifier)" in figures] == [4, 6]
    assert (told.summary["ended"], told.named("finish")) == ("finished", [0, 0])


def test_mlflow_is_told_everything_once(told: Told, tmp_path: Path) -> None:
    follow(MLflow(MLflow.Config()), tmp_path, (2, 4))
    follow(MLflow(MLflow.Config()), tmp_path, (4, 6), first=2)

    assert told.named("run") == [tmp_path.name]
    assert told.named("update") == [("abc", "RUNNING")]
    assert ("model.channels", "8") in told.named("param")
    metrics = told.named("metric")
    assert [step for name, _, step in metrics if name == "generator_loss"] == [2, 4, 6]
    assert [value for name, value, _ in metrics if name == "images"][:2] == [32, 64]
    assert [step for name, _, step in metrics if name == "frechet-distance classifier"] == [4, 6]
    assert told.named("artifact") == [("abc", f"step-{step:08}.png", "samples") for step in (2, 4, 6)]
    assert told.named("end") == ["FINISHED", "FINISHED"]


def test_an_end_is_told_in_the_words_of_each(told: Told, tmp_path: Path) -> None:
    for make, folder in ((WeightsAndBiases, "one"), (MLflow, "other")):
        (tmp_path / folder).mkdir()
        tracker = make(make.Config())  # type: ignore[attr-defined]
        tracker.started(TrackedTraining(tmp_path / folder, CONFIGURATION, 0, 4))
        tracker.ended("diverged")

    assert (told.named("finish"), told.named("end")) == ([1], ["FAILED"])


@pytest.mark.parametrize("damage", ["", "[]", '{"id": 3}'])
def test_a_damaged_book_begins_anew(tmp_path: Path, damage: str) -> None:
    Book(tmp_path).write_down(4, ["loss"])
    (tmp_path / "ganzoo.json").write_text(damage)

    book = Book(tmp_path)

    assert book.is_new
    assert book.untold(4, ["loss"]) == ["loss"]


@pytest.mark.parametrize(("make", "name"), [(WeightsAndBiases, "wandb"), (MLflow, "mlflow")])
def test_without_its_package_it_says_what_to_install(
    make: Any, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, name, None)

    with pytest.raises(UsageError, match=rf"pip install 'ganzoo-trackers\[{name}\]'"):
        make(make.Config())


# The programs themselves


@pytest.mark.slow
def test_wandb_itself_writes_a_run_offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("wandb", reason="wandb is not installed: pip install 'ganzoo-trackers[wandb]'")
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("WANDB_SILENT", "true")

    follow(WeightsAndBiases(WeightsAndBiases.Config()), tmp_path, (2, 4))
    follow(WeightsAndBiases(WeightsAndBiases.Config()), tmp_path, (4, 6), first=2)

    kept = json.loads((tmp_path / "wandb" / "ganzoo.json").read_text("utf-8"))
    files = [path.name for path in tmp_path.glob(f"wandb/offline-run-*/run-{kept['id']}.wandb")]
    assert files
    assert kept["steps"]["generator_loss"] == 6


@pytest.mark.slow
def test_mlflow_itself_keeps_a_run_in_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mlflow = pytest.importorskip(
        "mlflow", reason="mlflow is not installed: pip install 'ganzoo-trackers[mlflow]'"
    )
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    store = (tmp_path / "store").as_uri()
    config = MLflow.Config(experiment="digits", store=store)

    follow(MLflow(config), tmp_path, (2, 4))
    follow(MLflow(config), tmp_path, (4, 6), first=2)

    client = mlflow.MlflowClient(tracking_uri=store)
    (run,) = client.search_runs([client.get_experiment_by_name("digits").experiment_id])
    history: Callable[[str], list[Any]] = lambda name: client.get_metric_history(run.info.run_id, name)  # noqa: E731
    assert [(each.step, each.value) for each in history("generator_loss")] == [(2, 0.5), (4, 0.5), (6, 0.5)]
    assert [each.value for each in history("images")][-1] == 96
    assert run.data.params["model.channels"] == "8"
    assert run.info.status == "FINISHED"
    assert len(client.list_artifacts(run.info.run_id, "samples")) == 3
