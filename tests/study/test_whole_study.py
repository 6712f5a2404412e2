"""A whole tiny study of digits by its commands, with a worker killed: the result does not show it."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from ganzoo.cli import main
from ganzoo.cli.progress import PlainProgress
from ganzoo.evaluation.periodic import make_evaluation
from ganzoo.runs import checkpoints
from ganzoo.runs.folder import Run
from ganzoo.settings.configuration import parse_file
from ganzoo.settings.merging import resolve
from ganzoo.training import loop

pytestmark = pytest.mark.slow

PIXELS = f"{Path(__file__).parents[1] / 'evaluation/pixel_features.py'}:Pixels"


@pytest.fixture(autouse=True)
def _place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GANZOO_CACHE", str(tmp_path / "cache"))
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # as each training of the study has
    yield
    torch.set_num_threads(threads)


def ganzoo(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> tuple[str, str]:
    with pytest.raises(SystemExit) as stopped:
        main(list(words))
    said = capsys.readouterr()
    assert stopped.value.code == code, said.err
    return said.out, said.err


def kill_in_a_training(study: Path) -> str:
    """Kills a worker with its training once that has a checkpoint; returns the training's name."""
    worker = subprocess.Popen(
        [sys.executable, "-m", "ganzoo", "study", "work", str(study)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        until = time.monotonic() + 120
        while not (found := list(study.glob("trainings/*/latest"))):
            assert time.monotonic() < until, "the worker trains nothing"
            assert worker.poll() is None, "the worker has ended"
            time.sleep(0.005)
    finally:
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()
    return found[0].parent.name


def figures(run: Run) -> list[Any]:
    return [(line["step"], line["evaluation"]) for line in run.read_metrics("evaluation")]


@pytest.mark.skipif(sys.platform == "win32", reason="kills a group of processes")
def test_a_study_with_a_killed_worker_equals_plain_trainings(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, said = ganzoo(
        capsys, "study", "gan", "--dataset", "digits", "--vary", "training.learning_rate=1e-4,1e30",
        "--set", "model.hidden=8", "--set", "run.evaluate_num=100",
        "--set", f"run.evaluate_features={PIXELS}", "--seeds", "2", "--budget", "steps=40",
        "--evaluations", "2", "--threads", "1", "--plan", "--out", "s",
    )  # fmt: skip
    assert "training.learning_rate=1e30 diverged within its first steps: that will be its result" in said
    assert "4 trainings of " in said
    assert "2 seeds: four of five studies find a difference of" in said
    study = tmp_path / "s"
    killed = kill_in_a_training(study)
    assert int(checkpoints.read_metadata(Run(study / "trainings" / killed).latest_checkpoint())["step"]) < 40
    assert "1 running, 3 waiting" in ganzoo(capsys, "study", "status", "s")[1]
    _, said = ganzoo(capsys, "study", "work", "s", "--workers", "2")
    assert "2 failed, 2 finished, of 4 trainings" in said

    for seed in (0, 1):
        settings = resolve(parse_file(study / "variants/1e-4.json"), {"training.seed": seed})
        plain = loop.train(settings, tmp_path / f"plain{seed}", {}, PlainProgress(), make_evaluation)
        assert plain is not None
        mine = Run(study / "trainings" / f"1e-4-seed{seed}")
        assert figures(mine) == figures(plain)
        ours, theirs = (checkpoints.read_tensors(run.latest_checkpoint()) for run in (mine, plain))
        assert ours.keys() == theirs.keys()
        assert all(torch.equal(ours[name], theirs[name]) for name in theirs)

    shown = json.loads(ganzoo(capsys, "study", "show", "s", "--json")[0])
    assert [row["finished"] for row in shown["variants"]] == [2, 0]
    assert shown["variants"][1]["remarks"] == "diverged in 2"
    assert [(row["failed"], row["verdict"]) for row in shown["differences"]] == [
        ([0, 2], "undecided: more seeds are needed")
    ]
    rows = list(csv.DictReader(io.StringIO(ganzoo(capsys, "study", "show", "s", "--format", "csv")[0])))
    assert [row["state"] for row in rows].count("finished") == 2
    assert all(float(row["frechet-distance"]) > 0 for row in rows if row["state"] == "finished")
    out, _ = ganzoo(capsys, "study", "show", "s", "--format", "markdown")
    assert r"| training.learning\_rate=1e30 | 0 of 2 |" in out

    ganzoo(capsys, "study", "report", "s")
    page = (study / "report.html").read_text(encoding="utf-8")
    assert page.count("<img ") >= 2
    assert "ganzoo study gan --dataset digits" in page
    assert str(tmp_path) not in page

    _, said = ganzoo(capsys, "study", "extend", "s", "--seeds", "3")
    assert "2 trainings more; begin with: ganzoo study work s" in said
    assert "2 waiting" in ganzoo(capsys, "study", "status", "s")[1]
    _, said = ganzoo(capsys, "study", "extend", "s", "--seeds", "3", code=2)
    assert "has 3 seeds already" in said
    assert "#SBATCH --array=1-4" in ganzoo(capsys, "study", "slurm", "s")[0]
