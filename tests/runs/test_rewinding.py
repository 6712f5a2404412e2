"""Going on from an older checkpoint: what came after it is forgotten, and nothing else."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

TRAIN = [
    "train", "gan", "--dataset", "digits", "--batch-size", "64", "--max-steps", "8", "--out", "run",
    "--set", "run.checkpoint_every=2", "--set", "run.keep_checkpoints=2", "--set", "run.sample_every=2",
]  # fmt: skip


@pytest.fixture
def run(ganzoo: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    result = ganzoo(*TRAIN, "--set", "run.keep_every=4")
    assert result.code == 0, result.err
    return tmp_path / "run"


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


def test_a_damaged_line_in_the_middle_costs_no_other_line(ganzoo: Any, run: Path) -> None:
    ganzoo("train", "--resume", "run", "--max-steps", 9, "--set", "run.log_every=1")
    whole = (run / "metrics.jsonl").read_bytes()
    (run / "metrics.jsonl").write_bytes(b"{" + whole)
    result = ganzoo("train", "--resume", "run", "--max-steps", 10)
    assert result.code == 1
    assert "line 1 is no JSON" in result.err
    assert (run / "metrics.jsonl").read_bytes() == b"{" + whole
