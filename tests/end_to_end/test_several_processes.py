"""Training by two processes under torchrun, on the CPU."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from ganzoo.runs import checkpoints

pytestmark = pytest.mark.slow

TRAIN = (
    "train gan --dataset digits --batch-size 64 --set model.hidden=16,16 --set run.log_every=5 "
    "--set model.dropout=0 --precision fp32"
)


def torchrun(*arguments: str, processes: int = 2) -> subprocess.CompletedProcess[str]:
    command = [
        sys.executable,
        "-m",
        "torch.distributed.run",
        "--standalone",
        "--nproc-per-node",
        str(processes),
    ]
    return subprocess.run(
        [*command, "-m", "ganzoo", *arguments],
        capture_output=True,
        text=True,
        timeout=240,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        check=False,
    )


def tensors(run: Path) -> dict[str, torch.Tensor]:
    return checkpoints.read_tensors(run / "checkpoints" / (run / "latest").read_text().strip())


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `whole`, 20 steps of two processes, and `resumed`, the same in two goes."""
    folder = tmp_path_factory.mktemp("runs")
    for arguments in (
        f"{TRAIN} --max-steps 20 --out {folder}/whole",
        f"{TRAIN} --max-steps 9 --out {folder}/resumed",
        f"train --resume {folder}/resumed --max-steps 20",
    ):
        done = torchrun(*arguments.split())
        assert done.returncode == 0, done.stderr
    return folder


def test_one_process_writes_one_run(runs):
    assert sorted(p.name for p in runs.iterdir()) == ["resumed", "whole"]
    lines = [json.loads(line) for line in (runs / "whole/metrics.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == [5, 10, 15, 20]
    assert json.loads((runs / "whole/config.json").read_text())["training"]["batch_size"] == 64


def test_resuming_with_as_many_processes_is_exact(runs):
    whole, resumed = tensors(runs / "whole"), tensors(runs / "resumed")
    assert whole.keys() == resumed.keys()
    assert not [name for name in whole if not torch.equal(whole[name], resumed[name])]
    assert {"random.cpu.0", "random.cpu.1"} <= whole.keys()
    assert not torch.equal(whole["random.cpu.0"], whole["random.cpu.1"]), "each process draws its own noise"


def test_batch_statistics_resume_exactly_too(tmp_path):
    train = "train dcgan --dataset digits --batch-size 32 --set model.channels=4"
    for arguments in (
        f"{train} --max-steps 4 --out {tmp_path}/whole",
        f"{train} --max-steps 2 --out {tmp_path}/resumed",
        f"train --resume {tmp_path}/resumed --max-steps 4",
    ):
        done = torchrun(*arguments.split())
        assert done.returncode == 0, done.stderr
    whole, resumed = tensors(tmp_path / "whole"), tensors(tmp_path / "resumed")
    assert [name for name in whole if name.endswith("running_mean")]
    assert not [name for name in whole if not torch.equal(whole[name], resumed[name])]


def test_another_number_of_processes_says_what_stays_exact(runs):
    done = torchrun("train", "--resume", str(runs / "whole"), "--max-steps", "22", processes=1)
    assert done.returncode == 0, done.stderr
    assert "the noise is drawn anew" in done.stderr


def test_a_failing_process_ends_all_with_the_reason(tmp_path):
    (tmp_path / "failing.py").write_text(
        "import os\n"
        "from ganzoo.interfaces import Objective\n"
        "class Failing(Objective):\n"
        "    ganzoo_api = 1\n"
        "    def __init__(self, config):\n"
        "        if os.environ['RANK'] == '1':\n"
        "            raise RuntimeError('a reason to end')\n"
        "    def discriminator_loss(self, real_logits, fake_logits):\n"
        "        return real_logits.mean() - fake_logits.mean()\n"
        "    def generator_loss(self, fake_logits):\n"
        "        return -fake_logits.mean()\n"
    )
    done = torchrun(
        *TRAIN.split(), "--objective", f"{tmp_path}/failing.py:Failing", "--out", str(tmp_path / "run")
    )
    assert done.returncode != 0
    assert "a reason to end" in done.stderr


GRADIENTS = """
import torch
from torch import nn
from ganzoo.engine.distributed import join
with join(torch.device("cpu")) as world:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 1))
    data = torch.randn(8, 3)
    torch.manual_seed(world.rank)
    nn.init.normal_(network[1].running_mean)
    mean = network[1].running_mean.clone()
    mine = data[world.rank * 4 : world.rank * 4 + 4]
    network[2](network[0](mine)).square().mean().backward()
    world.average_gradients(network)
    world.average_buffers(network)
    reference = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 1))
    reference[0].load_state_dict(network[0].state_dict())
    reference[1].load_state_dict(network[2].state_dict())
    reference(data).square().mean().backward()
    for mine, whole in ((network[0], reference[0]), (network[2], reference[1])):
        torch.testing.assert_close(mine.weight.grad, whole.weight.grad)
    means = world.gather(mean, torch.device("cpu"))
    torch.testing.assert_close(network[1].running_mean, (means[0] + means[1]) / 2)
    assert world.any(world.rank == 1, torch.device("cpu"))
    assert not world.any(False, torch.device("cpu"))
"""


def test_the_mean_gradient_is_that_of_the_whole_batch(tmp_path):
    (tmp_path / "gradients.py").write_text(GRADIENTS)
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "torch.distributed.run",
            "--standalone",
            "--nproc-per-node",
            "2",
            "gradients.py",
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr
