"""Every plugin that is installed here conforms, with its import seen from a process of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.torch
import torch
from PIL import Image

from ganzoo.plugins import discovery
from ganzoo.plugins.discovery import Plugin
from ganzoo.testing.running import observe_import, run_suite, subject_of
from ganzoo.testing.suites import suite_of

DIGITS = list("0123456789")
CLOTHES = [
    "T-shirt-top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
]  # fmt: skip
THINGS = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]


@dataclass(frozen=True)
class Given:
    """What a plugin can't be checked without."""

    settings: dict[str, Any] = field(default_factory=dict)
    data_dir: Path | None = None


def class_folders(names: list[str], *shape: int) -> Callable[[Path], Given]:
    """Two images of noise a class and split."""

    def write(folder: Path) -> Given:
        noise = np.random.default_rng(0)
        for split in ("train", "test"):
            for name in names:
                (folder / split / name).mkdir(parents=True)
                for number in range(2):
                    pixels = noise.integers(256, size=shape, dtype=np.uint8)
                    Image.fromarray(pixels).save(folder / split / name / f"{number}.png")
        return Given(data_dir=folder)

    return write


def idx_files(folder: Path) -> Given:
    """Noise in the layout of torchvision's KMNIST."""
    noise, raw = np.random.default_rng(0), folder / "KMNIST" / "raw"
    raw.mkdir(parents=True)
    for part in ("train", "t10k"):
        pixels, labels = (
            noise.integers(256, size=(20, 28, 28), dtype=np.uint8),
            np.arange(20, dtype=np.uint8) % 10,
        )
        for name, array in (("images-idx3", pixels), ("labels-idx1", labels)):
            header = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes()
            (raw / f"{part}-{name}-ubyte").write_bytes(header + array.tobytes())
    return Given({"dataset.set": "KMNIST"}, folder)


def small_timm_model(folder: Path) -> Given:
    """A model of 0.4 million random weights."""
    timm = pytest.importorskip("timm")
    torch.manual_seed(0)
    weights = folder / "weights.safetensors"
    safetensors.torch.save_file(timm.create_model("test_resnet").state_dict(), weights)
    return Given({"feature-extractor.model": "test_resnet", "feature-extractor.weights": str(weights)})


NEEDS: dict[str, Callable[[Path], Given]] = {
    "ganzoo-datasets:mnist": class_folders(DIGITS, 28, 28),
    "ganzoo-datasets:fashion-mnist": class_folders(CLOTHES, 28, 28),
    "ganzoo-datasets:cifar10": class_folders(THINGS, 32, 32, 3),
    "ganzoo-datasets:folder": class_folders(["round", "square"], 70, 80, 3),
    "ganzoo-datasets:torchvision-set": idx_files,
    "ganzoo-features:timm": small_timm_model,
}

PACKAGES = {"ganzoo-trackers:wandb": "wandb", "ganzoo-trackers:mlflow": "mlflow"}
"""What a plugin needs that the tests' environment may not have."""

WITHOUT_WEIGHTS = {"ganzoo-features:dinov2", "ganzoo-features:inception"}
"""Their published weights are a download of a hundred megabytes and more."""


PLUGINS = discovery.discover().plugins


def is_slow(plugin: Plugin) -> bool:
    """Whether its checks take longer than a quick test may."""
    if plugin.kind in ("model", "exporter"):
        return plugin.full_name not in QUICK
    return plugin.full_name in LONG


QUICK = ("ganzoo-models:cgan", "ganzoo-exporters:torch-export")
"""Models and exporters that the quick tests check; the slow ones take the others."""

LONG = ("ganzoo-models:dcgan", "ganzoo-datasets:digits")
"""Plugins on which the checks that start processes and train run as well."""


@pytest.mark.parametrize(
    "plugin",
    [
        pytest.param(
            plugin,
            id=plugin.full_name,
            marks=[pytest.mark.slow] if is_slow(plugin) else [],
        )
        for plugin in PLUGINS
    ],
)
@pytest.mark.usefixtures("forked_imports")
def test_conforms(plugin: Plugin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if plugin.full_name in WITHOUT_WEIGHTS:
        pytest.skip("its published weights are not here")
    if plugin.full_name in PACKAGES:
        pytest.importorskip(PACKAGES[plugin.full_name])
    monkeypatch.setenv("GANZOO_CACHE", str(tmp_path / "cache"))
    (tmp_path / "given").mkdir()
    given = NEEDS.get(plugin.full_name, lambda _: Given())(tmp_path / "given")

    suite = suite_of(plugin.kind)
    subject = subject_of(suite, plugin, observe_import(plugin), given.settings, given.data_dir, small=True)
    subject.require_settings()
    report = run_suite(suite, subject, {}, quick=plugin.full_name not in LONG)

    assert report.problems == ()
    assert {result.status for result in report.results} <= {"passed", "not applicable"}
