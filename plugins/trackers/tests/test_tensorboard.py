"""TensorBoard: its files, read by its own reader, say what metrics.jsonl and the grids say."""

from __future__ import annotations

import io
import json
import shutil
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ganzoo_trackers import TensorBoard
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from ganzoo.cli import main
from ganzoo.interfaces import TrackedTraining

TRAIN = (
    "train cgan --dataset digits --batch-size 16 --set model.channels=4 --max-steps 12 "
    "--checkpoint-every 4 --sample-every 5 --set run.log_every=2 --set run.keep_checkpoints=9"
)
ON = ("--tracker", "tensorboard")


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


def test_the_file_of_a_resumed_run_is_read_last(tmp_path: Path) -> None:
    folder = tmp_path / "tensorboard"
    folder.mkdir()
    before = folder / f"events.out.tfevents.{int(time.time())}.zzz"  # as another of the same second
    before.touch()
    tracker = TensorBoard(None)
    tracker.started(TrackedTraining(tmp_path, {}, 4, 8))
    tracker.ended("finished")
    assert sorted(folder.iterdir())[0] == before


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


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that nobody changes."""
    run = tmp_path_factory.mktemp("tensorboard") / "run"
    assert ganzoo(*TRAIN.split(), *ON, "--out", run) == 0
    return run


@pytest.fixture
def run(trained: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copytree(trained, tmp_path / "run", symlinks=True))


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
    assert ganzoo(*TRAIN.split(), "--out", run) == 0
    assert not (run / "tensorboard").exists(), "only on request"
    assert ganzoo("train", "--resume", run, "--max-steps", 14, *ON) == 0
    assert ganzoo("train", "--resume", run, "--max-steps", 16, "--tracker", "none") == 0
    assert [event.step for event in events(run).Scalars("generator_loss")] == [14]
    assert metrics(run)[-1]["step"] == 16


def test_the_files_can_be_read_while_the_training_goes_on(tmp_path):
    tracker = TensorBoard(None)
    tracker.started(TrackedTraining(tmp_path, {}, 0, 6))
    tracker.measured(3, 48, {"generator_loss": 0.5})
    tracker.measured(6, 96, {"generator_loss": 0.25, "diversity": 2.0})
    reader = events(tmp_path)  # flushed
    tracker.ended("finished")
    assert [(e.step, e.value) for e in reader.Scalars("generator_loss")] == [(3, 0.5), (6, 0.25)]
    assert [(e.step, e.value) for e in reader.Scalars("diversity")] == [(6, 2.0)]


def test_a_run_of_the_time_when_it_was_no_plugin_goes_on_with_it(run):
    settings = json.loads((run / "config.json").read_text())
    del settings["tracker"]
    settings["run"]["tensorboard"] = True
    (run / "config.json").write_text(json.dumps(settings))
    assert ganzoo("train", "--resume", run, "--max-steps", 14) == 0
    require_same(run)
    assert metrics(run)[-1]["step"] == 14
    assert json.loads((run / "config.json").read_text())["tracker"]["name"] == ["ganzoo-trackers:tensorboard"]


def test_without_the_package_nothing_starts_and_the_message_says_what_to_install(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.setitem(sys.modules, "tensorboard", None)  # as if it were not installed
    for name in [name for name in sys.modules if name.startswith("torch.utils.tensorboard")]:
        monkeypatch.delitem(sys.modules, name)
    assert ganzoo(*TRAIN.split(), *ON, "--out", tmp_path / "run") == 2
    err = capsys.readouterr().err
    assert "the tracker tensorboard needs the package tensorboard" in err
    assert "pip install 'ganzoo-trackers[tensorboard]'" in err
    assert not (tmp_path / "run").exists()


def test_a_folder_that_cannot_be_written_is_named_and_the_run_goes_on(run, capsys):
    for path in (run / "tensorboard").iterdir():
        path.unlink()
    (run / "tensorboard").rmdir()
    (run / "tensorboard").write_text("a file where the folder should be")
    assert ganzoo("train", "--resume", run, "--max-steps", 14) == 0
    assert capsys.readouterr().err.count("the tensorboard folder of the run can't be written") == 1
    assert metrics(run)[-1]["step"] == 14
