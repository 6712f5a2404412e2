"""The commands on a CUDA device: what they write is what a processor would have written, to rounding."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

TINY = (
    "--dataset",
    "digits",
    "--set",
    "model.channels=8",
    "--set",
    "model.max_channels=16",
    "--batch-size",
    "32",
)


@pytest.fixture
def trained(ganzoo: Callable[..., Any], device: str, tmp_path: Path) -> Path:
    """A tiny dcgan, trained on the device."""
    result = ganzoo("train", "dcgan", *TINY, "--max-steps", 60, "--device", device, "--out", "run")
    assert result.code == 0, result.err
    return tmp_path / "run"


def test_env_names_the_device(ganzoo: Callable[..., Any], cuda: str) -> None:
    result = ganzoo("env")
    assert result.code == 0
    assert torch.cuda.get_device_name() in result.out


def test_samples_are_the_processors(ganzoo: Callable[..., Any], trained: Path, device: str) -> None:
    drawn = []
    for where in ("cpu", device):
        result = ganzoo("sample", trained, "--num", 64, "--device", where, "--out", f"{where}.npz")
        assert result.code == 0, result.err
        with np.load(trained.parent / f"{where}.npz") as file:
            drawn.append(next(file[name] for name in file.files if file[name].ndim == 4).astype(int))
    apart = np.abs(drawn[0] - drawn[1])
    assert apart.max() <= 2
    assert (apart > 0).mean() < 0.05


def test_figures_are_the_processors(ganzoo: Callable[..., Any], trained: Path, device: str) -> None:
    values = {}
    for where in ("cpu", device):
        result = ganzoo("evaluate", trained, "--device", where, "--num", 300, "--json")
        assert result.code == 0, result.err
        values[where] = {figure["metric"]: figure["value"] for figure in result.json["figures"]}
    assert values["cpu"].keys() == values[device].keys()
    for metric, value in values["cpu"].items():
        assert values[device][metric] == pytest.approx(value, rel=0.02, abs=0.02), metric


def test_a_trained_run_is_exported(ganzoo: Callable[..., Any], trained: Path) -> None:
    for form in ("safetensors", "onnx"):
        result = ganzoo("export", trained, "--format", form, "--out", f"exported-{form}")
        assert result.code == 0, result.err


def test_weights_are_made_of_a_run(ganzoo: Callable[..., Any], trained: Path) -> None:
    result = ganzoo("new", "weights", "dcgan.tiny", "--run", trained, "--licence", "MIT", "--out", "package")
    assert result.code == 0, result.err


def test_a_report_is_made(ganzoo: Callable[..., Any], trained: Path) -> None:
    result = ganzoo("report", trained, "--out", "page.html")
    assert result.code == 0, result.err


def test_too_large_a_batch_is_said_in_words(ganzoo: Callable[..., Any], cuda: str) -> None:
    result = ganzoo(
        "train", "dcgan", "--dataset", "digits", "--set", "model.latent_dim=200000000", "--max-steps", 1,
        "--device", cuda, "--out", "run",
    )  # fmt: skip
    assert result.code == 1
    assert "error: there is not enough memory" in result.err
    assert "Traceback" not in result.err


def test_the_benchmark_measures(ganzoo: Callable[..., Any], device: str, tmp_path: Path) -> None:
    result = ganzoo(
        "bench", "gan", "dcgan", "--device", device, "--batch-size", "16,32",
        "--phase", "generate,train-step", "--launches", 1, "--max-time", 0.5, "--kernels",
        "--out", "report.json", "--json",
    )  # fmt: skip
    assert result.code == 0, result.err
    rows = result.json["rows"]
    assert len(rows) == 2 * 2 * 2
    for row in rows:
        assert row["error"] is None if "error" in row else True
    assert ganzoo("bench", "show", "report.json").code == 0


def test_a_recording_is_read(ganzoo: Callable[..., Any], cuda: str, tmp_path: Path) -> None:
    """A recording of this very device: the kernels' total is torch's own sum of device times."""
    from torch.profiler import ProfilerActivity, profile

    a = torch.randn(512, 512, device=cuda)
    for _ in range(3):
        a @ a
    torch.cuda.synchronize()
    with profile(activities=[ProfilerActivity.CPU, ProfilerActivity.CUDA]) as recorded:
        for _ in range(20):
            (a @ a).relu()
        torch.cuda.synchronize()
    recorded.export_chrome_trace(str(tmp_path / "trace.json"))
    result = ganzoo("bench", "trace", "trace.json", "--json")
    assert result.code == 0, result.err
    events = json.loads((tmp_path / "trace.json").read_text())["traceEvents"]
    kernels = [event for event in events if event.get("cat") == "kernel"]
    assert len(kernels) >= 40
    assert result.json["kernels"], result.out[:500]


def test_one_process_of_torchrun_trains_the_same(
    ganzoo: Callable[..., Any], device: str, tmp_path: Path
) -> None:
    options = [*TINY, "--max-steps", "8", "--device", device, "--precision", "fp32"]
    assert ganzoo("train", "dcgan", *options, "--out", "alone").code == 0
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    result = subprocess.run(
        [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "1",
         "-m", "ganzoo", "train", "dcgan", *options, "--out", "several"],
        cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=100,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr[-2000:]
    from safetensors.torch import load_file

    one, other = (
        load_file(max((tmp_path / name / "checkpoints").glob("*.safetensors")))
        for name in ("alone", "several")
    )
    assert one.keys() == other.keys()
    assert not [name for name in one if not torch.equal(one[name], other[name])]
