"""`ganzoo watch`: what it says of runs that another process may be writing, and what it refuses."""

from __future__ import annotations

import json
import os
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from ganzoo.cli import main
from ganzoo.pages.watch.server import make_app
from ganzoo.pages.watch.watched import Watched
from ganzoo.runs import lock

TOKEN = "the-token"
TRAIN = ["--dataset", "digits", "--max-steps", "6", "--batch-size", "16", "--set", "model.channels=4"]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = tmp_path_factory.mktemp("runs") / "finished"
    often = ["--set", "run.log_every=2", "--sample-every", "3", "--device", "cpu", "--out", str(run)]
    with pytest.raises(SystemExit) as stopped:
        main(["train", "cgan", *TRAIN, *often])
    assert stopped.value.code == 0
    return run


@pytest.fixture
def run(finished: Path, tmp_path: Path) -> Path:
    """A copy that a test may change."""
    shutil.copytree(finished, tmp_path / "run")
    return tmp_path / "run"


def client_of(*runs: Path) -> TestClient:
    app = make_app(Watched(runs), TOKEN)
    return TestClient(app, base_url="http://127.0.0.1:8000", headers={"Authorization": f"Bearer {TOKEN}"})


def told(client: TestClient) -> dict[str, Any]:
    answer = client.get("/api/runs")
    assert answer.status_code == 200, answer.text
    (described,) = answer.json()["runs"]
    return dict(described)


def stopped_at_four(run: Path) -> None:
    lines = (run / "metrics.jsonl").read_text().splitlines(keepends=True)
    (run / "metrics.jsonl").write_text("".join(line for line in lines if json.loads(line)["step"] <= 4))
    for path in [*run.glob("samples/*00006.png"), *run.glob("checkpoints/*"), run / "latest"]:
        path.unlink()


def test_a_finished_run_says_so_and_shows_its_grids_and_curves(finished):
    client = client_of(finished)
    said = told(client)
    assert said["state"] == "finished"
    assert said["words"].startswith("finished; step 6 of 6, epoch 0.0")
    assert (said["share"], said["grids"], said["lines"]) == (1.0, [0, 3, 6], 3)
    assert said["class_names"] == [str(digit) for digit in range(10)]
    assert client.get("/api/grid?run=0&step=3").json()["image"].startswith("data:image/webp;base64,")
    losses = client.get("/api/charts").json()["charts"][0]
    assert losses["title"] == "Losses"
    assert losses["series"][0]["steps"] == [2, 4, 6]


def test_a_training_says_how_long_it_still_takes_and_in_which_way_it_ended(run):
    stopped_at_four(run)
    client = client_of(run)
    assert told(client)["state"] == "stopped"
    with lock.held(run):
        said = told(client)
    assert said["state"] == "training"
    assert said["share"] == pytest.approx(4 / 6)
    assert "step 4 of 6" in said["words"]
    assert said["words"].endswith(" left")
    (run / lock.NAME).write_text("{}")  # as a process leaves it that is killed
    assert told(client)["state"] == "died"
    assert f"ganzoo train --resume {shlex.quote(str(run))}" in told(client)["words"], "to be typed anywhere"


def test_a_run_before_its_first_line_and_grid_is_shown(run):
    stopped_at_four(run)
    (run / "metrics.jsonl").unlink()
    shutil.rmtree(run / "samples")
    shutil.rmtree(run / "checkpoints")
    client = client_of(run)
    with lock.held(run):
        said = told(client)
    assert (said["state"], said["share"], said["grids"]) == ("training", None, [])
    assert "no line of losses yet" in said["words"]
    assert client.get("/api/charts").json() == {"charts": []}


def half_a_line(run: Path) -> None:
    with (run / "metrics.jsonl").open("a") as file:
        file.write('{"kind": "losses", "st')


def half_a_grid(run: Path) -> None:
    (run / "samples" / "step-00000009.png").write_bytes((run / "samples/step-00000006.png").read_bytes()[:99])


def no_checkpoint(run: Path) -> None:
    for path in run.glob("checkpoints/*"):
        path.unlink()


def half_a_checkpoint(run: Path) -> None:
    (path,) = run.glob("checkpoints/*06.safetensors")
    os.truncate(path, 100)


@pytest.mark.parametrize("write", [half_a_line, half_a_grid, no_checkpoint, half_a_checkpoint])
def test_what_is_being_written_is_no_error(run, write: Callable[[Path], None]):
    write(run)
    client = client_of(run)
    assert told(client)["lines"] == 3
    assert client.get("/api/charts").json()["charts"]
    assert client.get("/api/grid?run=0&step=6").status_code == 200
    assert client.get("/api/grid?run=0&step=9").status_code in (
        422,
        500,
    )  # asked for again, until it is whole


def test_what_is_written_meanwhile_is_seen(run):
    stopped_at_four(run)
    client = client_of(run)
    assert told(client)["lines"] == 2
    line = {"kind": "losses", "step": 5, "epoch": 0.05, "seconds": 9.0, "discriminator_loss": 1.0}
    with (run / "metrics.jsonl").open("a") as file:
        file.write(json.dumps(line) + "\n")
    assert told(client)["lines"] == 3


def test_a_damaged_run_is_said_beside_those_that_are_whole(run, finished):
    (run / "metrics.jsonl").write_text("no JSON\n{}\n")
    client = client_of(run, finished)
    damaged, whole = client.get("/api/runs").json()["runs"]
    assert damaged["state"] == "unknown"
    assert "damaged" in damaged["words"]
    assert whole["state"] == "finished"
    assert client.get("/api/charts").json()["charts"]


def test_looking_changes_nothing_in_the_folder(run):
    before = {path: path.stat().st_mtime_ns for path in run.rglob("*")}
    told(client_of(run))
    assert {path: path.stat().st_mtime_ns for path in run.rglob("*")} == before


@pytest.mark.parametrize("question", ["runs", "charts", "grid?run=0&step=0"])
def test_nobody_is_answered_without_the_token_or_from_elsewhere(finished, question):
    client = client_of(finished)
    assert client.get(f"/api/{question}", headers={"Authorization": "Bearer wrong"}).status_code == 401
    assert client.get(f"/api/{question}", headers={"Host": "attacker.example"}).status_code == 400
    assert client.get(f"/api/{question}", headers={"Origin": "http://attacker.example"}).status_code == 403


@pytest.mark.parametrize(
    "question",
    ["grid?run=1&step=0", "grid?run=0&step=1", "grid?run=-1&step=0", "grid?run=0&step=../x", "grid"],
)
def test_a_grid_that_there_is_not_is_refused(finished, question):
    assert client_of(finished).get(f"/api/{question}").status_code == 422


def test_a_link_out_of_the_folder_is_not_followed(run, finished):
    shutil.rmtree(run / "samples")
    (run / "samples").symlink_to(finished / "samples")
    assert told(client_of(run))["grids"] == []


@pytest.mark.parametrize(
    ("runs", "said"), [(["absent"], "does not exist"), (["{run}", "{run}"], "twice"), (["."], "config.json")]
)
def test_a_mistake_is_said(finished, capsys, monkeypatch, tmp_path, runs, said):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as stopped:
        main(["watch", *(each.format(run=finished) for each in runs)])
    assert stopped.value.code == 2
    assert said in capsys.readouterr().err
