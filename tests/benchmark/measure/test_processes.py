"""Worker processes: their answers, their deaths, and a benchmark that is stopped."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ganzoo.benchmark.codec import encode
from ganzoo.benchmark.measure import processes, worker
from ganzoo.benchmark.measure.cells import Cell
from ganzoo.benchmark.measure.processes import Stopped, ask, stoppable
from ganzoo.benchmark.measure.tasks import Drawable, Measure, Measured, Probe, TaskFailure

PLUGIN = '''
"""A model that does something while it generates."""
import os, signal, sys, time
from typing import final
import torch
from torch import nn
from ganzoo.errors import UsageError
from ganzoo.interfaces import Discriminator, Generator, Model

@final
class TinyGenerator(Generator):
    latent_dim, num_classes = 3, None
    def __init__(self, image):
        super().__init__()
        self.image = image
        self.dense = nn.Linear(3, image.channels * image.height * image.width)
    def forward(self, latents, labels=None):
        {deed}
        return torch.tanh(self.dense(latents)).reshape(-1, *self.image.shape)

@final
class TinyDiscriminator(Discriminator):
    num_classes = None
    def __init__(self, image):
        super().__init__()
        self.image = image
        self.dense = nn.Linear(image.channels * image.height * image.width, 1)
    def forward(self, images, labels=None):
        return self.dense(images.flatten(1)).squeeze(1)

@final
class Tiny(Model):
    """Two dense layers."""
    ganzoo_api = 1
    recipe = {{"objective.name": ("ganzoo-objectives:bce", "nowhere")}}
    def __init__(self, config, image, num_classes):
        if image.height != 8:
            raise UsageError("tiny draws images of 8x8 only")
        self._image = image
    def generator(self):
        return TinyGenerator(self._image)
    def discriminator(self):
        return TinyDiscriminator(self._image)
'''

Tiny = Callable[[str], str]


@pytest.fixture
def tiny(tmp_path: Path) -> Tiny:
    """Writes the model with a deed and returns its name."""

    def write(deed: str) -> str:
        path = tmp_path / "tiny.py"
        path.write_text(PLUGIN.format(deed=deed), encoding="utf-8")
        return f"{path}:Tiny"

    return write


def measure(model: str, **changes: Any) -> Measure:
    values: dict[str, Any] = {
        "model": model,
        "components": {},
        "phase": "generate",
        "image": "1x8x8",
        "batch_size": 2,
        "precision": "fp32",
        "channels_last": True,
        "compile": False,
        "device": "cpu",
        "seed": 0,
    }
    cell = Cell(**{**values, **changes})
    return Measure(cell=cell, seconds=0.2, half_width=0.01, account=True, kernels=False)


@pytest.mark.slow
def test_a_process_counts_the_processors_time_where_it_is_asked_to(tiny: Tiny) -> None:
    answer = ask(replace(measure(tiny("pass")), processor_time=True), timeout=60)

    assert isinstance(answer, Measured), answer
    assert answer.clock == "process-time"


@pytest.mark.slow
def test_a_process_measures_and_answers_whatever_the_plugin_prints(tiny: Tiny) -> None:
    answer = ask(measure(tiny('print("{not json", flush=True)')), timeout=60)

    assert isinstance(answer, Measured), answer
    assert answer.clock == "perf-counter"
    assert answer.images_per_step == 2
    assert answer.account is not None
    assert answer.account.flops == 2 * 2 * 3 * 64  # of two images, by hand
    assert answer.account.parameters.generator == 3 * 64 + 64
    assert answer.account.memory.weights == 4 * (3 * 64 + 64)
    assert answer.account.memory.resident_baseline is not None
    assert answer.account.memory.resident_peak is not None
    assert answer.account.memory.resident_peak > answer.account.memory.resident_baseline > 10**7
    assert 0 < answer.account.overhead_ns < 100_000


@pytest.mark.slow
def test_a_process_that_crashes_is_a_reason(tiny: Tiny) -> None:
    answer = ask(measure(tiny("os.kill(os.getpid(), signal.SIGSEGV)")), timeout=60)

    assert isinstance(answer, TaskFailure)
    assert (answer.status, answer.exit_code) == ("failed", 1)
    assert answer.reason.startswith("its process crashed (SIGSEGV)")


@pytest.mark.parametrize(
    ("code", "errors", "reason"),
    [
        (-9, "", "its process was killed (SIGKILL), which the system does where memory runs out"),
        (-11, "some\nlast words\n", "its process crashed (SIGSEGV): last words"),
        (7, "", "its process ended with exit code 7"),
        (1, "Traceback ...\nImportError: no\n", "its process ended with exit code 1: ImportError: no"),
    ],
)
def test_the_ways_a_process_ends(
    monkeypatch: pytest.MonkeyPatch, code: int, errors: str, reason: str
) -> None:
    popen = subprocess.Popen
    death = f"os.kill(os.getpid(), {-code})" if code < 0 else f"os._exit({code})"
    program = f"import os, sys; sys.stdin.read(); sys.stderr.write({errors!r}); sys.stderr.flush(); {death}"
    monkeypatch.setattr(
        processes.subprocess, "Popen", lambda _, **pipes: popen([sys.executable, "-c", program], **pipes)
    )

    answer = ask(measure("x"), timeout=60)

    assert answer == TaskFailure(status="failed", reason=reason, exit_code=1)


@pytest.mark.parametrize(
    ("deed", "status", "said"),
    [
        ("raise ZeroDivisionError('no')", "failed", "ZeroDivisionError: no"),
        ("torch.empty(2**60, dtype=torch.uint8)", "out-of-memory", "RuntimeError: "),
        ("raise UsageError('never on a Sunday')", "unsupported", "never on a Sunday"),
    ],
)
def test_an_error_in_a_step_is_an_answer(tiny: Tiny, deed: str, status: str, said: str) -> None:
    answer = worker.answer({"kind": "Measure", "task": encode(measure(tiny(deed)))})

    assert isinstance(answer, TaskFailure)
    assert answer.status == status
    assert said in answer.reason


def test_a_process_that_takes_too_long_is_ended(tiny: Tiny) -> None:
    began = time.monotonic()

    answer = ask(measure(tiny("time.sleep(600)")), timeout=0.5)

    assert isinstance(answer, TaskFailure)
    assert "had not finished after 0 s" in answer.reason or "after 1 s" in answer.reason
    assert time.monotonic() - began < 30


def test_nonsense_is_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    popen = subprocess.Popen
    monkeypatch.setattr(
        processes.subprocess,
        "Popen",
        lambda _command, **pipes: popen([sys.executable, "-c", "print('{}')"], **pipes),
    )

    answer = ask(measure("x"), timeout=60)

    assert isinstance(answer, TaskFailure)
    assert answer.reason.startswith("its process answered nonsense")


def test_a_probe_finds_the_first_size_that_a_model_can_draw(tiny: Tiny) -> None:
    name = tiny("pass")

    answer = worker.probe(
        Probe(
            device="auto",
            precisions=("auto", "fp32", "tf32", "bf16"),
            models=(
                Drawable(model=name, components={}, images=("3x32x32", "1x28x28", "1x8x8")),
                Drawable(model=name, components={}, images=("3x32x32",)),
            ),
        )
    )

    assert answer.images == ("1x8x8", None)
    assert answer.precisions["fp32"] == "fp32"
    assert answer.precisions["auto"] in ("fp32", "bf16")
    if answer.device_type == "cpu":
        assert "tf32 is a CUDA device's" in answer.refusals["tf32"]
        assert answer.threads is not None
    assert {"python", "processor", "load_average", "variables", "flags"} <= answer.environment.keys()


def children(process: int) -> list[int]:
    path = Path(f"/proc/{process}/task/{process}/children")
    return [int(child) for child in path.read_text(encoding="utf-8").split()] if path.exists() else []


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="children are found through /proc")
def test_a_stopped_benchmark_keeps_what_it_has_and_leaves_no_process(tiny: Tiny, tmp_path: Path) -> None:
    """The second cell sleeps for ever in its step; the first has a row by then."""
    sleeping = tiny("time.sleep(600) if len(latents) == 5 else None")
    bench = subprocess.Popen(
        [
            sys.executable, "-m", "ganzoo", "bench", sleeping, "--phase", "generate", "--image", "1x8x8",
            "--batch-size", "2,5", "--launches", "1", "--max-time", "0.2", "--out", "report.json",
            "--seed", "0",  # with which the first cell is measured first
        ],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert bench.stderr is not None
    line = " "
    while line and not line.startswith("1/2"):
        line = bench.stderr.readline()
    assert "batch 2" in line
    deadline = time.monotonic() + 30
    while not (workers := children(bench.pid)) and time.monotonic() < deadline:
        time.sleep(0.05)

    bench.terminate()
    _, errors = bench.communicate(timeout=60)

    assert bench.returncode == 143, errors
    assert workers
    assert not any(Path(f"/proc/{worker}").exists() for worker in workers)
    report = json.loads((tmp_path / "report.json").read_text())
    assert [row["key"]["batch_size"] for row in report["rows"]] == [2]
    assert report["rows"][0]["status"] == "ok"


def test_a_signal_in_what_must_not_be_cut_waits_for_its_end() -> None:
    done = []

    def whole() -> None:
        with processes._SIGNALS.held():
            signal.raise_signal(signal.SIGTERM)
            done.append("to the end")

    with pytest.raises(Stopped) as stopped, stoppable():
        whole()

    assert done == ["to the end"]
    assert stopped.value.exit_code == 143


def test_a_process_that_was_just_started_is_ended_by_a_signal(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[subprocess.Popen[str]] = []
    popen = subprocess.Popen

    def start(_command: Any, **pipes: Any) -> subprocess.Popen[str]:
        started.append(popen([sys.executable, "-c", "import time; time.sleep(600)"], **pipes))
        signal.raise_signal(signal.SIGTERM)  # in the very moment in which nobody holds it yet
        return started[0]

    monkeypatch.setattr(processes.subprocess, "Popen", start)

    with pytest.raises(Stopped), stoppable():
        ask(measure("x"), timeout=60)

    assert started[0].returncode == -signal.SIGTERM


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_signals_become_an_exception_and_are_given_back(number: signal.Signals, code: int) -> None:
    before = signal.getsignal(number)

    with pytest.raises(Stopped) as stopped, stoppable():
        signal.raise_signal(number)

    assert stopped.value.exit_code == code
    assert signal.getsignal(number) == before
