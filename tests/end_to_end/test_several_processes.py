"""Training by two processes, on the CPU: under torchrun, or forked and told what torchrun tells them.

Torchrun starts three interpreters that import torch, which takes longer than what most tests do in them. It
is used where it has a part: in how a training begins, and in how one ends that fails, is killed or stopped.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.context import ForkServerContext
from pathlib import Path

import pytest
import torch

from ganzoo.runs import checkpoints

pytestmark = pytest.mark.slow

TRAIN = (
    "train gan --dataset digits --batch-size 64 --set model.hidden=16,16 --set run.log_every=5 "
    "--set model.dropout=0 --precision fp32"
)


def command(*arguments: str) -> list[str]:
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    return [*torchrun, "-m", "ganzoo", *arguments]


def torchrun(*arguments: str) -> subprocess.CompletedProcess[str]:
    """`torchrun --nproc-per-node 2 -m ganzoo ARGUMENTS...`."""
    return subprocess.run(
        command(*arguments),
        capture_output=True,
        text=True,
        timeout=240,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        check=False,
    )


PROCESS = """
import os, runpy, sys
for number in (1, 2):
    os.dup2(os.open(said, os.O_WRONLY | os.O_CREAT | os.O_APPEND), number)
os.environ.update(place)
sys.argv[1:] = arguments
if program:
    runpy.run_path(program, run_name="__main__")
else:
    runpy.run_module("ganzoo", run_name="__main__")
"""


@dataclass(frozen=True)
class Ended:
    """How some processes ended."""

    codes: list[int | None]
    said: str
    """All that they have printed."""


def fork(
    forkserver: ForkServerContext, folder: Path, *arguments: str, processes: int = 2, program: str = ""
) -> Ended:
    """Runs ganzoo, or the Python file `program`, in forked processes with the environment of torchrun."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    said = folder / "said.txt"
    said.touch()
    (folder / "program.py").write_text(program, encoding="utf-8")
    started = []
    for rank in range(processes):
        place = {
            "RANK": str(rank),
            "LOCAL_RANK": str(rank),
            "WORLD_SIZE": str(processes),
            "MASTER_ADDR": "127.0.0.1",
            "MASTER_PORT": str(port),
        }
        names = {
            "said": str(said),
            "place": place,
            "arguments": arguments,
            "program": str(folder / "program.py") if program else "",
        }
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("OMP_NUM_THREADS", "1")  # read where the first of them is started
            started.append(forkserver.Process(target=exec, args=(PROCESS, names)))
            started[-1].start()
    try:
        for process in started:
            process.join(240)
    finally:
        for process in started:
            process.kill()
    return Ended([process.exitcode for process in started], said.read_text(encoding="utf-8"))


def tensors(run: Path) -> dict[str, torch.Tensor]:
    return checkpoints.read_tensors(run / "checkpoints" / (run / "latest").read_text().strip())


@pytest.fixture(scope="module")
def runs(forkserver: ForkServerContext, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `whole`, 20 steps of two processes, and `resumed`, the same in two goes."""
    folder = tmp_path_factory.mktemp("runs")
    done = torchrun(*f"{TRAIN} --max-steps 20 --out {folder}/whole".split())
    assert done.returncode == 0, done.stderr
    for arguments in (
        f"{TRAIN} --max-steps 9 --out {folder}/resumed",
        f"train --resume {folder}/resumed --max-steps 20",
    ):
        ended = fork(forkserver, tmp_path_factory.mktemp("said"), *arguments.split())
        assert ended.codes == [0, 0], ended.said
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


EXACTLY = """
import sys
from pathlib import Path
import torch
from ganzoo.engine.distributed import join
from ganzoo.engine.preparation import prepare
from ganzoo.engine.torchrun import read_place
from ganzoo.runs import checkpoints
from ganzoo.settings.binding import bind
from ganzoo.settings.merging import resolve
from ganzoo.training import state

CPU = torch.device("cpu")
SMALL = {
    "dataset.name": "digits", "training.batch_size": 16, "training.precision": "fp32",
    "training.flip": True, "model.channels": 4,
}
CASES = [
    {"model.name": "cgan"}, {"model.name": "dcgan"}, {"model.name": "acgan"}, {"model.name": "sngan"},
    {"model.name": "stylegan2", "model.style_dim": 8, "augmentation.name": "ada"},
    {"model.name": "dcgan", "training.accumulate": 2, "training.discriminator_steps": 2},
    {"model.name": "dcgan", "training.precision": "fp16"},
    {"model.name": "dcgan", "training.average_half_life": None},
]

def steps(engine, count):
    for _ in range(count):
        engine.take_step()
    return state.capture(engine.equipment)

with join(read_place(), CPU, print) as world:
    for case in CASES:
        def fresh():
            return prepare(bind(resolve(SMALL | case)), CPU, world)
        whole = steps(fresh(), 12)
        half = steps(fresh(), 6)
        path = Path(sys.argv[1]) / "half.safetensors"
        with world.main_first():
            if world.is_main:
                checkpoints.write(path, half, {"step": 6})
        resumed = fresh()
        assert state.restore(path, resumed.equipment)
        resumed.go_to(6)
        found = steps(resumed, 6)
        different = [name for name in whole if not torch.equal(whole[name], found[name])]
        assert not different, (case, different)
        for name, tensor in whole.items():
            if not name.startswith("random."):
                first, second = world.gather(tensor.detach().clone().contiguous(), CPU)
                assert torch.equal(first, second), (case, name)
"""


def test_statistics_scales_and_random_states_resume_exactly_and_are_the_same_everywhere(forkserver, tmp_path):
    """12 steps are 6 and 6, and both processes hold the same networks, averages and optimisers."""
    ended = fork(forkserver, tmp_path, str(tmp_path), program=EXACTLY)
    assert ended.codes == [0, 0], ended.said


LONG = """
import sys, time
from datetime import timedelta
from torch import distributed

begin = distributed.init_process_group
distributed.init_process_group = lambda *given, **named: begin(*given, **named, timeout=timedelta(seconds=4))

def slow(seconds, then):
    time.sleep(seconds)
    return then

from ganzoo.evaluation import periodic
from ganzoo.runs import checkpoints
from ganzoo.training import recorder

write, strip = checkpoints.write, recorder.save_strip
periodic.make_evaluation = lambda *_: slow(6, lambda generator: slow(6, {"distance": {"value": 1.0}}))
checkpoints.write = lambda *given: slow(6, write(*given))
recorder.save_strip = lambda *given: slow(6, strip(*given))

from ganzoo.cli import main
main(sys.argv[1:])
"""


def test_what_only_the_main_process_does_may_take_longer_than_any_time_limit(forkserver, tmp_path):
    arguments = [*TRAIN.split(), "--max-steps", "4", "--evaluate-every", "2", "--out", str(tmp_path / "run")]
    ended = fork(forkserver, tmp_path, *arguments, program=LONG)
    assert ended.codes == [0, 0], ended.said
    lines = [json.loads(line) for line in (tmp_path / "run/metrics.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines if line["kind"] == "evaluation"] == [2, 4]
    assert tensors(tmp_path / "run")


@contextmanager
def training(run: Path, *options: str) -> Iterator[subprocess.Popen[str]]:
    """A training without end, from its first line of metrics on."""
    arguments = [
        *TRAIN.split(),
        "--epochs",
        "100000",
        "--set",
        "run.log_every=1",
        *options,
        "--out",
        str(run),
    ]
    with (run.parent / "said.txt").open("w") as said:
        process = subprocess.Popen(
            command(*arguments), stdout=said, stderr=said, text=True, start_new_session=True,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )  # fmt: skip
    try:
        deadline = time.monotonic() + 120
        while not (run / "metrics.jsonl").exists():
            assert time.monotonic() < deadline, (run.parent / "said.txt").read_text()
            time.sleep(0.1)
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def rank_of(process: int) -> int | None:
    environment = Path(f"/proc/{process}/environ").read_bytes().split(b"\0")
    ranks = [int(each.removeprefix(b"RANK=")) for each in environment if each.startswith(b"RANK=")]
    return ranks[0] if ranks else None


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="finds the processes in /proc")
@pytest.mark.parametrize("rank", [0, 1])
def test_a_killed_process_ends_the_others_in_words_and_the_run_goes_on_at_once(forkserver, tmp_path, rank):
    run = tmp_path / "run"
    with training(run, "--checkpoint-every", "1") as process:
        listed = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        children = listed.read_text(encoding="ascii").split()
        (chosen,) = [int(child) for child in children if rank_of(int(child)) == rank]
        while not (run / "latest").exists():  # a line of metrics comes before the checkpoint of its step
            time.sleep(0.1)
        os.kill(chosen, signal.SIGKILL)
        process.wait(60)
    said = (tmp_path / "said.txt").read_text()
    assert f"error: process {1 - rank} of 2 (from 0 on) has lost another one" in said
    step = int((run / "latest").read_text()[5:13])
    ended = fork(forkserver, tmp_path, "train", "--resume", str(run), "--max-steps", str(step + 2))
    assert ended.codes == [0, 0], ended.said
    assert (run / "latest").read_text() == f"step-{step + 2:08d}.safetensors\n"
    assert not list(run.rglob(".*")), "neither a lock nor half of a file stays"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_all_at_one_step_with_one_checkpoint(tmp_path, number):
    run = tmp_path / "run"
    with training(run) as process:
        os.killpg(process.pid, number)
        process.wait(60)
    said = (tmp_path / "said.txt").read_text()
    assert f"go on with: torchrun --nproc-per-node 2 -m ganzoo train --resume {run}" in said
    assert said.count("error: stopped as asked") == 2
    assert "has lost another one" not in said
    assert len(list((run / "checkpoints").iterdir())) == 1
    assert not list(run.rglob(".*"))


def test_a_mistake_of_the_main_process_is_said_once_and_ends_the_others(forkserver, tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run/notes.txt").touch()
    ended = fork(forkserver, tmp_path, *TRAIN.split(), "--out", str(tmp_path / "run"))
    assert 0 not in ended.codes
    assert ended.said.count("a run is never overwritten") == 1
    assert "has lost another one, which may have said why (the main process failed)" in ended.said
    assert "Exception raised from" not in ended.said


def test_another_number_of_processes_says_what_stays_exact(forkserver, runs, tmp_path):
    resume = ("train", "--resume", str(runs / "whole"), "--max-steps", "22")
    ended = fork(forkserver, tmp_path, *resume, processes=1)
    assert ended.codes == [0], ended.said
    assert "the noise is drawn anew" in ended.said


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
from ganzoo.engine.torchrun import read_place
with join(read_place(), torch.device("cpu"), print) as world:
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


def test_the_mean_gradient_is_that_of_the_whole_batch(forkserver, tmp_path):
    ended = fork(forkserver, tmp_path, program=GRADIENTS)
    assert ended.codes == [0, 0], ended.said
