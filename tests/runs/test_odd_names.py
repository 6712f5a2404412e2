"""Run folders whose names could be taken for something else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

TRAIN = (
    "train",
    "gan",
    "--dataset",
    "digits",
    "--batch-size",
    "16",
    "--max-steps",
    "1",
    "--set=model.hidden=8",
)


def test_a_run_folder_may_be_called_like_a_checkpoint(ganzoo: Any) -> None:
    assert ganzoo(*TRAIN, "--out", "run.safetensors").code == 0

    resumed = ganzoo("train", "--resume", "run.safetensors", "--max-steps", "2")
    assert resumed.code == 0, resumed.err
    assert Path("run.safetensors/latest").read_text(encoding="utf-8") == "step-00000002.safetensors\n"


def test_a_name_that_is_no_text_is_refused(ganzoo: Any) -> None:
    result = ganzoo(*TRAIN, "--out", "run-\udcff")

    assert result.code == 2
    assert "is not valid UTF-8; choose another with --out" in result.err
    assert not list(Path.cwd().iterdir())
