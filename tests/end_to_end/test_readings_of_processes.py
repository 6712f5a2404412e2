"""Readings of several processes: the mean over them, since each knows its own batch share only."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

READINGS = """
import torch
from torch import nn
from torch.amp import GradScaler
from ganzoo.engine.distributed import join
from ganzoo.engine.players import Player, Players
from ganzoo.engine.step import StepResult
from ganzoo.engine.torchrun import read_place
from ganzoo.interfaces import Batch
from ganzoo.engine.readings import readings

def player(gradient):
    network = nn.Linear(1, 1, bias=False)
    network.weight.grad = torch.tensor([[gradient]])
    return Player(network, network, torch.optim.Adam(network.parameters()), GradScaler("cpu", enabled=False))

with join(read_place(), torch.device("cpu"), print) as world:
    spread, labels = (0.5, 1.0)[world.rank], ([0, 0], [0, 1])[world.rank]
    real = Batch(torch.tensor([-1.0, 1.0]).reshape(2, 1, 1, 1), torch.tensor([0, 0]))
    fake = Batch(spread * real.images, torch.tensor(labels))
    players = Players(player(3.0), player(4.0), None, torch.float32)
    loss = torch.zeros(())
    told = readings(StepResult(loss, loss, None, fake, real), players, world)
    assert told == {
        "diversity": 0.75,
        "saturation": 0.5,
        "real_saturation": 1.0,
        "generator_gradient": 3.0,
        "discriminator_gradient": 4.0,
        "class_diversity": None,  # one process has no two images of a class
    }, told
"""


def test_readings_are_means_over_the_processes(tmp_path: Path) -> None:
    (tmp_path / "reading.py").write_text(READINGS)
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    done = subprocess.run(
        [*torchrun, "reading.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr
