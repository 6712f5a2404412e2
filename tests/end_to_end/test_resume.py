"""A run that was killed at any instant and resumed equals the run that never stopped, bit for bit."""

from __future__ import annotations

import json
import random
import shutil
import signal
import time
from pathlib import Path
from typing import Any

import pytest
import torch

from ganzoo.errors import GanzooError, UsageError
from ganzoo.pages.report import history
from ganzoo.runs import checkpoints
from ganzoo.training import loop

STEPS = 60
KILLS = 4
TRAIN = (
    "train cgan --dataset digits --batch-size 32 --flip --seed 3 --set model.channels=4 --checkpoint-every 7 "
    "--sample-every 20 --set run.log_every=5 --set training.schedule=cosine "
    f"--set training.schedule_images={32 * STEPS}"
).replace("--flip", "--set training.flip=true")
TIMES = ("images_per_second", "seconds", "processor_seconds")


def finish(command: Any) -> None:
    assert command.exit_code() == 0, command.output


def metrics(run: Path) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    return [{key: value for key, value in line.items() if key not in TIMES} for line in lines]


def newest(run: Path) -> dict[str, torch.Tensor]:
    return checkpoints.read_tensors(run / "checkpoints" / (run / "latest").read_text().strip())


def require_equal(run: Path, reference: Path) -> None:
    assert metrics(run) == metrics(reference)
    mine, theirs = newest(run), newest(reference)
    assert mine.keys() == theirs.keys()
    different = [name for name in mine if not torch.equal(mine[name], theirs[name])]
    assert not different
    for grid in (reference / "samples").iterdir():
        assert (run / "samples" / grid.name).read_bytes() == grid.read_bytes()


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory, start: Any) -> Path:
    """The run that never stopped."""
    run = tmp_path_factory.mktemp("reference") / "run"
    finish(start(*TRAIN.split(), "--max-steps", str(STEPS), "--out", str(run)))
    return run


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_killed_at_random_instants(tmp_path, reference, start, seed):
    """SIGKILL leaves no chance to tidy up: the process is gone between two instructions."""
    chance = random.Random(seed)
    run = tmp_path / "run"
    command = start(*TRAIN.split(), "--max-steps", str(STEPS), "--out", str(run))
    for _ in range(KILLS):
        wait_until(lambda: (run / "config.json").exists())
        time.sleep(chance.uniform(0, 1))
        if command.has_ended:
            break
        command.send(signal.SIGKILL)
        assert command.exit_code() in (0, -signal.SIGKILL), command.output
        command = start("train", "--resume", str(run))
    finish(command)
    require_equal(run, reference)
    assert not list(run.rglob("*.tmp*")), "no litter stays"


@pytest.mark.slow
def test_interrupted_in_the_middle_of_an_interval(tmp_path, reference, start):
    """A signal's checkpoint falls between two lines of metrics; it adds none and loses none."""
    run = tmp_path / "run"
    command = start(*TRAIN.split(), "--max-steps", str(STEPS), "--out", str(run))
    wait_until(lambda: (run / "metrics.jsonl").exists())
    command.send(signal.SIGINT)
    assert command.exit_code() in (0, 130), command.output
    finish(start("train", "--resume", str(run)))
    require_equal(run, reference)


def wait_until(holds: Any, seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "what was waited for did not happen"
        time.sleep(0.005)


class Silent:
    """Watches a training and keeps its warnings."""

    def __init__(self) -> None:
        self.warnings: list[str] = []

    def started(self, plan: object) -> None: ...
    def progressed(self, metrics: object) -> None: ...
    def sampled(self, path: object) -> None: ...
    def warned(self, message: str) -> None:
        self.warnings.append(message)


@pytest.fixture
def copy(tmp_path: Path, reference: Path) -> Path:
    """A finished run to do harm to."""
    return Path(shutil.copytree(reference, tmp_path / "copy"))


def test_a_finished_run_goes_on_with_more_steps(copy):
    loop.resume(copy, {"training.max_steps": "70"}, Silent())
    assert metrics(copy)[-1]["step"] == 70
    assert json.loads((copy / "config.json").read_text())["training"]["max_steps"] == 70


def test_a_run_keeps_at_which_step_it_was_lengthened(copy):
    written = (copy / "config.json").read_bytes()
    loop.resume(copy, {"training.max_steps": str(STEPS)}, Silent())
    assert (copy / "config.json").read_bytes() == written, "nothing was changed"
    assert not [line for line in metrics(copy) if line["kind"] == "settings"]

    for _ in range(2):
        loop.resume(copy, {"training.max_steps": "61"}, Silent())
    (line,) = [line for line in metrics(copy) if line["kind"] == "settings"]
    changed = {"training.max_steps": {"from": STEPS, "to": 61}}
    assert line == {"kind": "settings", "step": STEPS, "changed": changed}
    assert history.read(copy, "copy", with_grids=False).remarks == (
        "settings were changed at step 60: training.max_steps from 60 to 61",
    )


def test_an_earlier_checkpoint_is_taken_up_and_what_came_after_is_written_again(copy, reference):
    earlier = sorted((copy / "checkpoints").iterdir())[0]
    assert earlier.name != (copy / "latest").read_text().strip()
    loop.resume(earlier, {}, Silent())
    require_equal(copy, reference)


def test_a_line_cut_short_by_a_crash_is_written_again(copy, reference):
    with (copy / "metrics.jsonl").open("a") as file:
        file.write('{"step": 61, "disc')
    loop.resume(copy, {}, Silent())
    require_equal(copy, reference)


def test_the_strip_that_a_kill_after_the_last_checkpoint_left_undrawn_is_drawn(copy, reference):
    (copy / "samples" / "strip.png").unlink()
    loop.resume(copy, {}, Silent())
    require_equal(copy, reference)


def test_a_checkpoint_that_a_kill_after_the_last_one_left_undeleted_is_deleted(copy, reference):
    first = copy / "checkpoints" / "step-00000007.safetensors"
    shutil.copy(copy / "checkpoints" / (copy / "latest").read_text().strip(), first)
    loop.resume(copy, {}, Silent())
    assert not first.exists()
    require_equal(copy, reference)


def damage_bits(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-5] ^= 1
    path.write_bytes(data)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def rewrite(path: Path, **changes: Any) -> None:
    metadata = checkpoints.read_metadata(path)
    metadata.pop("schema")
    checkpoints.write(path, checkpoints.read_tensors(path), {**metadata, **changes})


def test_noise_that_is_drawn_anew_is_not_that_of_the_start(copy):
    path = copy / "checkpoints" / (copy / "latest").read_text().strip()
    metadata, tensors = checkpoints.read_metadata(path), checkpoints.read_tensors(path)
    metadata.pop("schema")
    tensors["random.cpu.1"] = tensors["random.cpu.0"].clone()
    checkpoints.write(path, tensors, metadata | {"processes": 2})
    observer = Silent()
    loop.resume(copy, {"training.max_steps": "61"}, observer)
    assert "the noise is drawn anew" in observer.warnings[0]
    assert torch.initial_seed() != 3, "the run's seed, from which the noise of its first steps came"


DAMAGES = {
    "a flipped bit": (damage_bits, "is not what was written"),
    "truncation": (cut, "damaged"),
    "another plugin version": (lambda path: rewrite(path, plugins={}), "it can't go on exactly"),
    "a version that is none": (
        lambda path: rewrite(path, plugins={"ganzoo-models:cgan": ["1"]}),
        "go on exactly",
    ),
    "another model": (
        lambda path: rewrite(path, configuration={"model": {"name": "ganzoo-models:gan"}}),
        "is of another run",
    ),
    "no configuration": (lambda path: rewrite(path, configuration=3), "lacks what a run needs"),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_a_checkpoint_that_is_not_the_runs_own_is_refused(copy, name):
    harm, reason = DAMAGES[name]
    harm(copy / "checkpoints" / (copy / "latest").read_text().strip())
    before = (copy / "metrics.jsonl").read_bytes()
    with pytest.raises(GanzooError, match=reason):
        loop.resume(copy, {"training.max_steps": 70}, Silent())
    assert (copy / "metrics.jsonl").read_bytes() == before, "a refusal changes nothing"


@pytest.mark.parametrize("key", ["training.seed", "training.batch_size", "model.channels", "dataset.name"])
def test_a_setting_that_past_steps_depend_on_stays(copy, key):
    with pytest.raises(UsageError, match=f"keeps its {key}"):
        loop.resume(copy, {key: "5"}, Silent())


def test_a_folder_that_is_no_run_is_refused(tmp_path):
    with pytest.raises(UsageError, match="not a run folder"):
        loop.resume(tmp_path, {}, Silent())
