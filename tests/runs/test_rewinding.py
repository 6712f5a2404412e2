"""Going on from an older checkpoint: what came after it is forgotten, and nothing else."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from ganzoo.cli import main

TRAIN = [
    "train", "gan", "--dataset", "digits", "--batch-size", "64", "--max-steps", "8", "--out", "run",
    "--set", "run.checkpoint_every=2", "--set", "run.keep_checkpoints=2", "--set", "run.sample_every=2",
    "--set", "run.keep_every=4", "--set", "model.hidden=8", "--device", "cpu",
]  # fmt: skip


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trained")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        with pytest.raises(SystemExit) as ending:
            main(TRAIN)
    assert not ending.value.code
    return folder / "run"


@pytest.fixture
def run(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return Path(shutil.copytree(trained, tmp_path / "run"))


def names(folder: Path) -> list[str]:
    return sorted(path.name.partition(".")[0] for path in folder.glob("step-*"))


def test_a_run_that_goes_on_from_an_older_checkpoint_ends_there(ganzoo: Any, run: Path) -> None:
    result = ganzoo("train", "--resume", "run/checkpoints/step-00000004.safetensors", "--max-steps", 6)
    assert result.code == 0, result.err
    assert (run / "latest").read_text(encoding="utf-8") == "step-00000006.safetensors\n"
    assert names(run / "checkpoints") == ["step-00000004", "step-00000006"]
    assert names(run / "samples") == [f"step-0000000{step}" for step in (0, 2, 4, 6)]
    assert ganzoo("sample", "run", "--num", 1, "--out", "one.png").code == 0


def test_a_checkpoint_is_named_from_within_its_folder(
    ganzoo: Any, run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(run / "checkpoints")
    result = ganzoo("train", "--resume", "step-00000008.safetensors", "--max-steps", 9)
    assert result.code == 0, result.err


def test_what_a_user_has_put_beside_the_checkpoints_stays(ganzoo: Any, run: Path) -> None:
    own = run / "checkpoints" / "step-00000008-good.safetensors"
    shutil.copy(run / "checkpoints" / "step-00000008.safetensors", own)
    result = ganzoo("train", "--resume", "run", "--max-steps", 12)
    assert result.code == 0, result.err
    assert own.is_file()


def test_without_its_mark_a_run_goes_on_from_its_newest_checkpoint(ganzoo: Any, run: Path) -> None:
    ganzoo("train", "--resume", "run", "--max-steps", 9, "--set", "run.log_every=1")
    straight = shutil.copytree(run, run.with_name("straight"))
    (run / "latest").unlink()
    assert ganzoo("sample", "run", "--num", 1, "--out", "one.png").code == 0
    for folder in (run, straight):
        result = ganzoo("train", "--resume", folder, "--max-steps", 10)
        assert result.code == 0, result.err
    lines, others = (
        [line for line in (folder / "metrics.jsonl").read_text().splitlines() if '"settings"' not in line]
        for folder in (run, straight)
    )  # a run that is made longer says so between its figures
    assert len(lines) == len(others) == 3
    assert lines[:2] == others[:2]
    assert names(run / "checkpoints") == names(straight / "checkpoints")


@pytest.mark.parametrize("command", [("train", "--resume", "run"), ("sample", "run")])
def test_a_mark_of_what_is_not_there_is_refused(ganzoo: Any, run: Path, command: tuple[str, ...]) -> None:
    (run / "latest").write_text("step-00000002.safetensors\n", encoding="utf-8")
    before = (run / "metrics.jsonl").read_bytes()
    result = ganzoo(*command)
    assert result.code == 1
    assert "latest names step-00000002.safetensors, which is not in" in result.err
    assert names(run / "checkpoints") == [f"step-0000000{step}" for step in (4, 6, 8)]
    assert (run / "metrics.jsonl").read_bytes() == before


def test_a_checkpoint_of_another_step_than_it_is_called_is_refused(ganzoo: Any, run: Path) -> None:
    folder = run / "checkpoints"
    (folder / "step-00000004.safetensors").replace(folder / "step-00000008.safetensors")
    result = ganzoo("train", "--resume", "run", "--max-steps", 9)
    assert result.code == 1
    assert "says that it is of step 4" in result.err


def test_a_damaged_last_line_is_kept(ganzoo: Any, run: Path) -> None:
    damaged = (run / "metrics.jsonl").read_bytes() + b'{"kind": "losses", "step": 8\n'
    (run / "metrics.jsonl").write_bytes(damaged)
    result = ganzoo("train", "--resume", "run", "--max-steps", 10)
    assert result.code == 1
    assert "metrics.jsonl is damaged: line 2 is no JSON" in result.err
    assert (run / "metrics.jsonl").read_bytes() == damaged


def test_a_damaged_line_in_the_middle_costs_no_other_line(ganzoo: Any, run: Path) -> None:
    ganzoo("train", "--resume", "run", "--max-steps", 9, "--set", "run.log_every=1")
    whole = (run / "metrics.jsonl").read_bytes()
    (run / "metrics.jsonl").write_bytes(b"{" + whole)
    result = ganzoo("train", "--resume", "run", "--max-steps", 10)
    assert result.code == 1
    assert "line 1 is no JSON" in result.err
    assert (run / "metrics.jsonl").read_bytes() == b"{" + whole
