"""Every plugin that is installed here conforms, with its import seen from a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
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
from ganzoo.testing.importing import Import
from ganzoo.testing.running import run_suite, subject_of
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
    "ganzoo-features:timm": small_timm_model,
}

WITHOUT_WEIGHTS = {"ganzoo-features:dinov2", "ganzoo-features:inception"}
"""Their published weights are a download of a hundred megabytes and more."""


PLUGINS = discovery.discover().plugins

# What `ganzoo.testing.importing` does, but torch is imported once: that takes longer than all the rest.
OBSERVE = """
import os, sys
from pathlib import Path
import ganzoo.interfaces
from ganzoo.testing.importing import observe
for name in sys.argv[1:]:
    child = os.fork()
    if child == 0:
        os.dup2(os.open(f"{name}.out", os.O_WRONLY | os.O_CREAT), 1)
        observe(Path(f"{name}.json").absolute(), name)
        sys.stdout.flush()
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0, name
"""


@pytest.fixture(scope="module")
def imports(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Import]:
    """What importing the module of each plugin does, by module."""
    folder = tmp_path_factory.mktemp("imports")
    modules = sorted({plugin.target.partition(":")[0] for plugin in PLUGINS})
    subprocess.run([sys.executable, "-c", OBSERVE, *modules], cwd=folder, timeout=300, check=True)
    return {
        name: Import(
            printed=(folder / f"{name}.out").read_text(),
            changed=tuple(json.loads((folder / f"{name}.json").read_text())),
            died=None,
        )
        for name in modules
    }


def is_slow(plugin: Plugin) -> bool:
    """Whether its checks take longer than a quick test may."""
    return plugin.full_name in LONG or (plugin.kind == "model" and plugin.full_name not in QUICK)


QUICK = ("ganzoo-models:cgan", "ganzoo-models:stylegan2")
"""Models that the quick tests check; the slow ones take the others."""

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
def test_conforms(
    plugin: Plugin, imports: Mapping[str, Import], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if plugin.full_name in WITHOUT_WEIGHTS:
        pytest.skip("its published weights are not here")
    monkeypatch.setenv("GANZOO_CACHE", str(tmp_path / "cache"))
    (tmp_path / "given").mkdir()
    given = NEEDS.get(plugin.full_name, lambda _: Given())(tmp_path / "given")

    imported = imports[plugin.target.partition(":")[0]]
    suite = suite_of(plugin.kind)
    subject = subject_of(suite, plugin, imported, given.settings, given.data_dir, small=True)
    subject.require_settings()
    report = run_suite(suite, subject, {}, quick=plugin.full_name not in LONG)

    assert report.problems == ()
    assert {result.status for result in report.results} <= {"passed", "not applicable"}
