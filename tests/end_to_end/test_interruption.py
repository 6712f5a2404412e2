"""Ctrl-C and SIGTERM: the run stops between two steps and has lost nothing."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest

from ganzoo.runs.trained import load

TRAIN = "train gan --dataset digits --epochs 100000 --set model.hidden=8,8 --set run.log_every=1"


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_writes_a_checkpoint_and_exits_with_its_code(tmp_path, start, number, code):
    run = tmp_path / "run"
    command = start(*TRAIN.split(), "--out", str(run))
    _wait_for(run / "metrics.jsonl")
    command.send(number)
    assert command.exit_code() == code, command.output
    assert "Traceback" not in command.output
    assert f"go on with: ganzoo train --resume {run}" in command.output
    assert load(run).step > 0


def _wait_for(path: Path, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not path.exists() or not path.stat().st_size:
        assert time.monotonic() < deadline, f"{path} did not appear"
        time.sleep(0.05)
