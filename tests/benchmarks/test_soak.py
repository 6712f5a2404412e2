"""The attacks on runs and disks: tiny ones hold, and each notices a fault that was planted."""

from __future__ import annotations

import importlib
import math
import random
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from click.testing import CliRunner

from ganzoo.runs import checkpoints
from ganzoo.runs.folder import Run

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT))
        patch.setenv("OMP_NUM_THREADS", "1")
        torch.set_num_threads(1)
        yield
    torch.set_num_threads(threads)


def soak(name: str) -> Any:
    return importlib.import_module(f"benchmarks.soak.{name}")


@pytest.fixture(scope="module")
def targets(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, ...]:
    """A training and a resumption, and the calls that they make."""
    return tuple(soak("between").targets(tmp_path_factory.mktemp("between")))


def cases(targets: Any, deed: str, name: str, file: str) -> list[Any]:
    """The attacks by a deed at one kind of call to files whose names hold something."""
    every = soak("between").cases(list(targets))
    return [c for c in every if (c.deed, c.call.name) == (deed, name) and file in Path(c.call.path).name]


def test_every_attack_has_a_command_that_says_what_it_does() -> None:
    entry = soak("__main__")
    for name in entry.COMMANDS:
        result = CliRunner().invoke(entry.main, [name, "--help"])
        assert result.exit_code == 0, result.output
        assert "--minutes" in result.output or "--seconds" in result.output  # each is bounded in time
    listed = CliRunner().invoke(entry.main, ["--help"]).output
    assert all(name in listed for name in entry.COMMANDS)


def test_a_training_and_a_resumption_make_the_calls_that_are_attacked(targets: Any) -> None:
    for target in targets:
        calls = [(call.name, Path(call.path).name) for call in target.calls]
        files = {(name, file.split(".")[1]) for name, file in calls if ".tmp" in file}
        assert {("save_file", "step-00000004"), ("write", "latest"), ("fsync", "strip")} <= files
        assert ("write", "metrics.jsonl") in calls
    assert len(soak("between").cases(list(targets))) > 500


@pytest.mark.parametrize(
    ("deed", "name", "file"),
    [
        ("kill", "replace", "step-00000004"),
        ("torn", "save_file", "step-00000004"),
        ("torn", "write", "metrics"),
        ("ENOSPC", "write", "strip"),
        ("EIO", "fsync", "samples"),
        ("EIO", "unlink", "step-00000002"),
    ],
)
def test_a_death_or_a_failing_disk_harms_nothing(
    targets: Any, tmp_path: Path, deed: str, name: str, file: str
) -> None:
    case = cases(targets, deed, name, file)[-1]
    found = soak("between").attack(case, tmp_path)
    assert found.differences == []
    assert found.tensors > 100
    assert found.lines == 6


def test_a_checkpoint_written_without_renaming_is_noticed(
    targets: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    [*_, case] = cases(targets, "torn", "save_file", "step-00000004")
    monkeypatch.setattr(checkpoints, "write_atomically", lambda path, write: write(path))
    monkeypatch.setattr(Run, "mark_latest", lambda run, step: None)
    monkeypatch.setattr(Run, "_pointed_at", lambda run, name: max(run.checkpoints.iterdir(), default=None))
    # The fault leaves calls out, so that the one that writes the checkpoint has another number now.
    run = Path(shutil.copytree(case.target.start, tmp_path / "counted"))
    with soak("calls").meddling(run) as calls:
        assert soak("between").go_on(run).code == 0
    [call] = [c for c in calls if c.name == "save_file" and Path(c.path).name == "step-00000004.safetensors"]

    differences = soak("between").attack(replace(case, call=call), tmp_path).differences
    assert any(
        "does not go on" in text and "step-00000004" in text and "damaged" in text for text in differences
    )


def test_lines_that_are_written_twice_are_noticed(
    targets: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    [*_, case] = cases(targets, "kill", "save_file", "step-00000004")
    monkeypatch.setattr(Run, "rewind", lambda run, step: None)

    differences = soak("between").attack(case, tmp_path).differences
    assert any("metrics.jsonl: 0 lost" in text and "[1, 2, 3, 3, 4, 4, 4" in text for text in differences)


def test_a_tensor_that_is_off_by_one_bit_is_noticed(targets: Any, tmp_path: Path) -> None:
    twin = targets[0].twin
    path = twin / "checkpoints" / (twin / "latest").read_text().strip()
    tensors, metadata = checkpoints.read_tensors(path), checkpoints.read_metadata(path)
    name = next(name for name in tensors if name.startswith("discriminator."))
    tensors[name].view(torch.uint8).flatten()[0] ^= 1
    copy = tmp_path / "run"
    shutil.copytree(twin, copy)
    metadata.pop("schema")
    checkpoints.write(copy / "checkpoints" / path.name, tensors, metadata)

    assert soak("twins").compare(copy, twin).differences == [f"checkpoints/{path.name}: {name} differs"]


@pytest.mark.parametrize("name", ["plain", "two processes"])
def test_kills_at_random_instants_harm_nothing(tmp_path: Path, name: str) -> None:
    trainings = soak("trainings").TRAININGS
    training = replace(trainings[name], steps=30)
    tally = soak("kills").attack(training, tmp_path, 2, random.Random(0), math.inf)
    assert tally.found.differences == []
    assert tally.kills >= 2
    assert tally.runs >= 1


def test_disks_that_fill_and_limits_harm_nothing(tmp_path: Path) -> None:
    names = ("a disk that fills", "few descriptors", "pages, samples, exports without room")
    for result in soak("disks").attack(tmp_path, names, math.inf):
        assert result.found.differences == []
        assert result.skipped or result.attacks


def test_odd_names_and_places_harm_nothing(tmp_path: Path) -> None:
    names = ("markup", "a newline", "a symlink to an empty folder")
    for result in soak("paths").attack_all(tmp_path, names, math.inf):
        assert result.found.differences == []
        assert not result.skipped


def test_a_copy_of_a_killed_run_goes_on(tmp_path: Path) -> None:
    contention, training = soak("contention"), soak("trainings").LONG
    twin = tmp_path / "twin"
    assert soak("endings").here(training.begin(twin, training.steps)).code == 0
    (tmp_path / "place").mkdir()
    found = contention.copy_of_a_killed_run(tmp_path / "place", twin, random.Random(0))
    assert found.differences == []
