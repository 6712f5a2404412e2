"""`attention-conv` as GanZoo sees it: named by file, trained with, and installed from its package."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import safetensors.torch
import torch
from ganzoo_self_attention import AttentionConv

import ganzoo

PACKAGE = Path(__file__).resolve().parents[1]
BY_FILE = f"{PACKAGE / 'ganzoo_self_attention' / 'attention_conv.py'}:AttentionConv"


def run_ganzoo(*arguments: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ganzoo", *arguments],
        cwd=folder,
        env={**os.environ, "OMP_NUM_THREADS": "1", **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.mark.parametrize("upsampling", [BY_FILE, AttentionConv], ids=["by file", "by class"])
def test_fills_the_slot_of_dcgan(upsampling: str | type) -> None:
    torch.manual_seed(0)
    gan = ganzoo.create_model(
        "dcgan",
        image=ganzoo.ImageSpec(3, 16, 16),
        upsampling=upsampling,
        settings={"model.channels": 8, "upsampling.max_positions": 64},
    )
    images = gan.generator(torch.randn(2, gan.generator.latent_dim))
    assert images.shape == (2, 3, 16, 16)
    gammas = [name for name, _ in gan.generator.named_parameters() if name.endswith("attention.gamma")]
    assert len(gammas) == 2, "three doublings, 2 to 16; the last one draws 3 colours and has no attention"
    assert gan.configuration.to_json()["upsampling"]["max_positions"] == 64


@pytest.mark.slow
def test_trains_through_the_command_line(tmp_path: Path) -> None:
    arguments = "--dataset digits --max-steps 2 --batch-size 16 --device cpu --precision fp32 --out run"
    result = run_ganzoo(
        "train", "dcgan", "--upsampling", BY_FILE, "--set", "model.channels=8", *arguments.split(),
        folder=tmp_path,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    weights = safetensors.torch.load_file(tmp_path / "run" / "checkpoints" / "step-00000002.safetensors")
    gammas = [
        value
        for name, value in weights.items()
        if name.startswith("generator.") and name.endswith("attention.gamma")
    ]
    assert len(gammas) == 1, "8x8 digits: two doublings, of which the last draws the grey pixels"
    assert gammas[0] != 0, "gamma starts at 0 and each step of Adam moves it"
    configuration = json.loads((tmp_path / "run" / "config.json").read_text(encoding="utf-8"))
    assert configuration["upsampling"] == {"name": BY_FILE, "kernel_size": 3, "max_positions": 1024}

    result = run_ganzoo("sample", "run", "--num", "3", "--out", "digits.npz", folder=tmp_path)
    assert result.returncode == 0, result.stderr


def test_installed_it_is_listed_and_shown(tmp_path: Path) -> None:
    pytest.importorskip("hatchling", reason="building the package offline needs hatchling")
    source, installed = tmp_path / "source", tmp_path / "installed"
    shutil.copytree(PACKAGE, source, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps"]
    subprocess.run([*pip, "--no-build-isolation", "--target", installed, source], check=True)

    path = os.pathsep.join([str(installed), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
    result = run_ganzoo("show", "attention-conv", "--json", folder=tmp_path, PYTHONPATH=path)
    assert result.returncode == 0, result.stderr
    (plugin,) = json.loads(result.stdout)["plugins"]
    assert plugin["full_name"] == "ganzoo-self-attention:attention-conv"
    assert plugin["version"] == "0.1.0"
    assert plugin["problem"] is plugin["unreadable"] is None
    assert [setting["name"] for setting in plugin["settings"]] == ["kernel_size", "max_positions"]
