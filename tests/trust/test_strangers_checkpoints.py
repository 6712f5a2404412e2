"""A stranger's checkpoint names the plugins to load: it can't have just any module imported."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
import safetensors
import safetensors.torch

import ganzoo
from ganzoo.errors import GanzooError, PluginError, UsageError

MODEL = '''
from ganzoo_models.gan import GAN as Parent
from ganzoo.interfaces import Model

class Mine(Model):
    """My own."""
    ganzoo_api = 1
    recipe = {"objective.name": ("ganzoo-objectives:bce", "a choice")}
    def __init__(self, config, image, num_classes):
        self.parent = Parent(Parent.Config(hidden=(8,)), image, num_classes)
    def generator(self): return self.parent.generator()
    def discriminator(self): return self.parent.discriminator()
'''


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An honest checkpoint of a class in a file."""
    folder = tmp_path_factory.mktemp("honest")
    (folder / "mine.py").write_text(MODEL)
    settings = {"training.max_steps": 1, "training.batch_size": 8}
    run = ganzoo.train(f"{folder}/mine.py:Mine", dataset="digits", settings=settings, out=folder / "run")
    return run.latest_checkpoint()


def renamed(checkpoint: Path, folder: Path, model: str) -> Path:
    """A copy of a checkpoint whose header names another model."""
    with safetensors.safe_open(checkpoint, framework="pt") as file:
        metadata = dict(file.metadata())
    header = json.loads(metadata["ganzoo"])
    header["configuration"]["model"]["name"] = model
    path = folder / "step-00000001.safetensors"
    tensors = safetensors.torch.load_file(checkpoint)
    safetensors.torch.save_file(tensors, path, {**metadata, "ganzoo": json.dumps(header)})
    return path


def test_an_honest_checkpoint_of_a_file_loads(checkpoint: Path, tmp_path: Path) -> None:
    assert ganzoo.load(checkpoint).step == 1
    # The way to forge one in this file makes one that loads, where the name is right.
    (tmp_path / "mine.py").write_text(MODEL)
    assert ganzoo.load(renamed(checkpoint, tmp_path, f"{tmp_path}/mine.py:Mine")).step == 1


@pytest.mark.parametrize(
    ("model", "error"),
    [
        ("antigravity:fly", UsageError),
        ("antigravity:Nothing", UsageError),
        ("zoo_victim:Victim", PluginError),
        ("zoo_victim.inner:Victim", UsageError),
        ("zoo_lazy:Anything", PluginError),
        ("sys:Anything", PluginError),
        ("mine.py:Mine", PluginError),
        ("./mine.py:Mine", PluginError),
        ("../no-such-folder/mine.py:Mine", UsageError),
        ("no-such-model", UsageError),
    ],
)
def test_a_forged_name_is_refused_and_nothing_is_imported(
    site: Any, checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model: str, error: type
) -> None:
    mark = tmp_path / "mark"
    leave = f"open({str(mark)!r}, 'w').close()\n"
    site.write(
        {
            "zoo_victim.py": leave + "class Victim: pass\n",
            "zoo_lazy.py": leave + "def __getattr__(name): return 3\n",
        }
    )
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text(leave + MODEL)
    forged = renamed(checkpoint, tmp_path, model)

    with pytest.raises(error) as caught:
        ganzoo.load(forged)

    assert isinstance(caught.value, GanzooError)
    assert not mark.exists()
    assert "antigravity" not in sys.modules
