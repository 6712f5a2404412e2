"""The training benchmark: a row for every contender, and arithmetic worked out by hand."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

pytestmark = pytest.mark.slow

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
TINY = ["--rounds=1", "--steps=2", "--warmup=1", "--batch-size=4", "--channels=2", "--threads=1"]


@pytest.fixture
def report(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    from training_speed import report

    return report


@pytest.fixture
def sample(report: Any) -> Any:
    return report.Sample


def run(script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    command = [sys.executable, BENCHMARKS / script, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, env=environment)


def test_ratios_are_of_paired_rounds(report: Any, sample: Any) -> None:
    rounds = [
        {"ganzoo": sample(300.0), "example": sample(100.0)},
        {"ganzoo": sample(150.0), "example": sample(75.0)},
        {"ganzoo": sample(500.0), "example": sample(200.0)},
        {"ganzoo": sample(999.0), "example": "failed: no memory"},
    ]
    # 3, 2 and 2.5; the medians' ratio would have been 400 / 100.
    assert report.paired_ratios(rounds, "ganzoo", "example") == (2.5, 2.0, 3.0)
    assert report.paired_ratios(rounds, "ganzoo", "torchgan") is None


def test_medians_of_even_counts_lie_half_way(report: Any) -> None:
    assert report.summarise([4.0, 1.0, 3.0, 10.0]) == (3.5, 1.0, 10.0)


def test_the_best_peer_has_the_highest_median_and_is_no_contender_of_ours(report: Any, sample: Any) -> None:
    rounds = [
        {"ganzoo": sample(900.0), "example": sample(100.0), "mimicry": sample(1000.0)},
        {"ganzoo": sample(900.0), "example": sample(100.0), "mimicry": sample(10.0)},
        {"ganzoo": sample(900.0), "example": sample(100.0), "mimicry": sample(10.0)},
    ]
    assert report.best_peer(rounds) == "example"
    assert report.best_peer([{"torchgan": "not installed"}]) is None


def test_compiling_is_repaid_when_the_saved_time_adds_up(report: Any) -> None:
    # An image takes 1/100 s, compiled 1/200 s: 5 ms saved, 60 s spent.
    assert report.repaid_after(60.0, 100.0, 200.0) == pytest.approx(12_000)
    assert report.repaid_after(60.0, 100.0, 100.0) is None


def test_table_of_given_samples(report: Any, sample: Any) -> None:
    rounds = [
        {
            "example": sample(100.0),
            "torchgan": "not installed (No module named 'torchgan')",
            "ganzoo": sample(150.0, 1.0, "bfloat16"),
            "ganzoo-compile": sample(200.0, 60.0, "bfloat16"),
            "matrix-bf16": sample(300e9, None, "bfloat16"),
            "matrix-fp32": sample(400e9),
        }
    ]
    text = report.table(rounds, flops=1e9)
    rows = {
        line.split("`")[-2]: [cell.strip() for cell in line.split("|")[2:-1]]
        for line in text.splitlines()
        if "(`" in line
    }
    assert rows["example"] == ["100.0", "100.0-100.0", "1.00", "1.00-1.00", "25%"]
    assert rows["ganzoo-compile"] == ["200.0", "200.0-200.0", "2.00", "2.00-2.00", "67%"]
    assert rows["torchgan"][0].startswith("not installed")
    assert "| matrix products of bf16 | 300 | 300-300 | 300 |" in text
    # 60 s at 1/150 - 1/200 s an image
    assert "| `ganzoo-compile` | 60 | 60 | 36,000 images | 36,000 images |" in text


def test_counted_work_equals_the_count_by_hand(report: Any) -> None:
    from training_speed import limits

    # Multiplications of one image, all taps: dense, four transposed convolutions; and their mirror.
    generator = 128 * 2048 + 25 * (512 * 256 * 4 + 256 * 128 * 16 + 128 * 64 * 64 + 64 * 3 * 256)
    discriminator = 2048 + 25 * (256 * 512 * 4 + 128 * 256 * 16 + 64 * 128 * 64 + 3 * 64 * 256)
    # Forward, gradients of weights and of inputs: once through the generator, thrice through the
    # discriminator. Nobody wants the gradients of real and of detached images, nor of the latents.
    unwanted = 2 * 25 * 3 * 64 * 256 + 128 * 2048
    everything = 2 * (3 * generator + 9 * discriminator - unwanted)
    assert everything == pytest.approx(969.4e6, abs=0.05e6)
    assert limits.example_flops() == everything
    # GanZoo's generator update computes no gradients of the discriminator's weights.
    assert limits.own_flops() == everything - 2 * discriminator


@pytest.fixture
def training(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module("training")


@pytest.mark.slow
def test_a_row_for_every_contender_and_the_reason_where_one_is_not_installed(tmp_path: Path) -> None:
    # An empty package in front of the real one, should that be installed.
    (tmp_path / "torchgan").mkdir()
    (tmp_path / "torchgan" / "__init__.py").write_text("raise ImportError('none here')")
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nPYTHONPATH="{tmp_path}:$PYTHONPATH" exec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    out = tmp_path / "samples.json"
    names = "example-step,ganzoo-fp32,torchgan"
    result = run(
        *("training.py", *TINY, "--contenders", names, "--peers-python", str(python), "--out", str(out))
    )
    assert result.returncode == 0, result.stderr
    for name in ("example-step", "ganzoo-fp32"):
        [row] = [line for line in result.stdout.splitlines() if f"(`{name}`)" in line]
        assert float(row.split("|")[2]) > 0
    assert result.stdout.count("| not installed (none here) |") == 1
    [round_] = json.loads(out.read_text())["rounds"]
    assert round_["samples"].keys() == set(names.split(","))
    assert round_["samples"].pop("torchgan") == "not installed (none here)"
    assert all(found["rate"] > 0 for found in round_["samples"].values())


@pytest.mark.filterwarnings("ignore:This DataLoader will create:UserWarning")
@pytest.mark.parametrize("name", ["example", "example-2-workers", "ganzoo-fp32-streamed", "matrix-fp32"])
def test_the_others_have_a_rate_too(training: Any, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(training.limits, "_SIDE", 64)
    from training_speed.contenders import CONTENDERS
    from training_speed.task import Task

    task = Task(steps=2, warmup=1, batch_size=4, threads=1, device="cpu", channels=2, data_dir=None)
    assert CONTENDERS[name].run(task).rate > 0


def test_samples_of_other_settings_are_not_added_to(training: Any, tmp_path: Path) -> None:
    out = tmp_path / "samples.json"
    training.write_rounds(out, {"steps": 2}, [{"example": training.Sample(7.0), "torchgan": "not installed"}])
    [kept] = training.read_rounds(out, {"steps": 2})
    assert kept == {"example": training.Sample(7.0), "torchgan": "not installed"}
    with pytest.raises(click.UsageError, match="samples of other settings"):
        training.read_rounds(out, {"steps": 3})


def test_unknown_contenders_are_refused(training: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training.signal, "signal", lambda *_: None)
    result = CliRunner().invoke(training.main, ["--contenders", "ganzoo,gnzoo"])
    assert result.exit_code == 2
    assert "no contender is called gnzoo" in result.output


@pytest.mark.slow
def test_profile_lists_convolutions_and_adds_up() -> None:
    size = ["--steps=1", "--batch-size=4", "--channels=2", "--threads=1", "--precision=fp32", "--top=1000"]
    result = run("profile_step.py", *size)
    assert result.returncode == 0, result.stderr
    rows = [line.split("|") for line in result.stdout.splitlines() if line.startswith("| `")]
    assert any("aten::convolution_backward" in row[1] for row in rows)
    assert sum(float(row[2].strip(" %")) for row in rows) == pytest.approx(100, abs=10)


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals")
def test_stopping_it_stops_the_worker(tmp_path: Path) -> None:
    worker, mark = tmp_path / "python", tmp_path / "pid"
    worker.write_text(f"#!/bin/sh\necho $$ > {mark}.new && mv {mark}.new {mark}\nexec sleep 60\n")
    worker.chmod(0o755)
    arguments = ["--contenders", "torchgan", "--rounds", "1", "--peers-python", str(worker)]
    benchmark = subprocess.Popen([sys.executable, BENCHMARKS / "training.py", *arguments])
    try:
        _wait(mark.exists)
        benchmark.terminate()
        assert benchmark.wait(timeout=30) == 143
    finally:
        benchmark.kill()
    with pytest.raises(ProcessLookupError):
        os.kill(int(mark.read_text()), 0)


def _wait(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < deadline, "it did not happen within a minute"
        time.sleep(0.05)
