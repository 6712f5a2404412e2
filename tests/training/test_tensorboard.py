"""TensorBoard: its files, read by its own reader, say what metrics.jsonl and the grids say."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from ganzoo.cli import main
from ganzoo.runs.folder import Run
from ganzoo.training import tensorboard

TRAIN = (
    "train cgan --dataset digits --batch-size 16 --set model.channels=4 --max-steps 12 --tensorboard "
    "--checkpoint-every 4 --sample-every 5 --set run.log_every=2 --set run.keep_checkpoints=9"
)


def ganzoo(*arguments: object) -> object:
    with pytest.raises(SystemExit) as exit_info:
        main([str(argument) for argument in arguments])
    return exit_info.value.code


def events(run: Path) -> EventAccumulator:
    reader = EventAccumulator(str(run / "tensorboard"), size_guidance={"images": 0, "scalars": 0})
    return reader.Reload()


def metrics(run: Path) -> list[dict[str, Any]]:
    lines = (json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines())
    return [line for line in lines if line["kind"] == "losses"]


def require_same(run: Path) -> None:
    """Every number of metrics.jsonl and every grid is there once, at its step, and nothing else."""
    reader, lines = events(run), metrics(run)
    assert set(reader.Tags()["scalars"]) == lines[0].keys() - {"kind", "step"}
    for name in reader.Tags()["scalars"]:
        # A scalar is a float32 in the format.
        written = [(event.step, event.value) for event in reader.Scalars(name)]
        assert written == [(line["step"], float(np.float32(line[name]))) for line in lines], name
    grids = {event.step: event.encoded_image_string for event in reader.Images("grid")}
    assert len(reader.Images("grid")) == len(grids)
    files = {int(path.stem.removeprefix("step-")): path for path in (run / "samples").glob("step-*.png")}
    assert grids.keys() == files.keys()
    for step, encoded in grids.items():
        with Image.open(io.BytesIO(encoded)) as mine, Image.open(files[step]) as theirs:
            assert np.array_equal(np.asarray(mine), np.asarray(theirs.convert("RGB")))


@pytest.fixture
def run(tmp_path: Path) -> Path:
    assert ganzoo(*TRAIN.split(), "--out", tmp_path / "run") == 0
    return tmp_path / "run"


def test_the_files_hold_the_metrics_and_the_grids(run):
    assert [line["step"] for line in metrics(run)] == [2, 4, 6, 8, 10, 12]
    assert [event.step for event in events(run).Images("grid")] == [0, 5, 10, 12]
    require_same(run)


def test_steps_that_a_resumed_run_repeats_are_there_once(run):
    before = metrics(run)
    assert ganzoo("train", "--resume", run / "checkpoints" / "step-00000004.safetensors") == 0
    assert metrics(run)[2:] != before[2:], "times differ, so it is known which of the two is read"
    require_same(run)


def test_a_run_that_was_stopped_before_its_first_checkpoint_is_written_anew(run):
    (run / "latest").unlink()
    assert ganzoo("train", "--resume", run) == 0
    require_same(run)


def test_a_resumed_run_may_begin_and_end_with_it(tmp_path):
    run = tmp_path / "run"
    arguments = [word for word in TRAIN.split() if word != "--tensorboard"]
    assert ganzoo(*arguments, "--out", run) == 0
    assert not (run / "tensorboard").exists(), "only on request"
    assert ganzoo("train", "--resume", run, "--max-steps", 14, "--tensorboard") == 0
    off = ("--set", "run.tensorboard=false")
    assert ganzoo("train", "--resume", run, "--max-steps", 16, *off) == 0
    assert [event.step for event in events(run).Scalars("generator_loss")] == [14]
    assert metrics(run)[-1]["step"] == 16


class Nobody:
    """Watches and keeps nothing."""

    def started(self, plan: object) -> None: ...
    def progressed(self, metrics: object) -> None: ...
    def sampled(self, path: object) -> None: ...
    def warned(self, message: str) -> None: ...


def test_a_reading_that_is_null_is_left_out(tmp_path):
    plan = SimpleNamespace(run=Run(tmp_path), first_step=0)
    with tensorboard.observing(Nobody(), wanted=True) as observer:
        observer.started(plan)
        observer.progressed({"step": 3, "generator_loss": 0.5, "diversity": None})
        observer.progressed({"step": 6, "generator_loss": 0.25, "diversity": 2.0})
        reader = events(tmp_path)  # flushed: it can be read while the training goes on
    assert [(e.step, e.value) for e in reader.Scalars("generator_loss")] == [(3, 0.5), (6, 0.25)]
    assert [(e.step, e.value) for e in reader.Scalars("diversity")] == [(6, 2.0)]


def test_without_the_package_nothing_starts_and_the_message_says_what_to_install(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.setitem(sys.modules, "tensorboard", None)  # as if it were not installed
    for name in [name for name in sys.modules if name.startswith("torch.utils.tensorboard")]:
        monkeypatch.delitem(sys.modules, name)
    assert ganzoo(*TRAIN.split(), "--out", tmp_path / "run") == 2
    err = capsys.readouterr().err
    assert "run.tensorboard needs the package tensorboard" in err
    assert "pip install 'ganzoo-torch[tensorboard]'" in err
    assert not (tmp_path / "run").exists()


def test_a_folder_that_cannot_be_written_is_named(run, capsys):
    for path in (run / "tensorboard").iterdir():
        path.unlink()
    (run / "tensorboard").rmdir()
    (run / "tensorboard").write_text("a file where the folder should be")
    assert ganzoo("train", "--resume", run, "--max-steps", 14) == 1
    assert "the tensorboard folder of the run can't be written" in capsys.readouterr().err
