"""A stranger's checkpoint names the plugins to load: it can't have just any module imported."""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import pytest
import safetensors
import safetensors.torch

import ganzoo
from ganzoo.cli import main
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


def written(folder: Path, said: Any, tensors: dict[str, Any], metadata: dict[str, str]) -> Path:
    """Writes a checkpoint whose checksums are right, as a stranger would."""
    text = json.dumps(said)
    own = hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
    digests = json.dumps({**json.loads(metadata["ganzoo.digests"]), "": own})
    path = folder / "step-00000001.safetensors"
    safetensors.torch.save_file(tensors, path, {"ganzoo": text, "ganzoo.digests": digests})
    return path


def renamed(checkpoint: Path, folder: Path, model: str) -> Path:
    """A copy of a checkpoint whose header names another model."""
    with safetensors.safe_open(checkpoint, framework="pt") as file:
        metadata = dict(file.metadata())
    header = json.loads(metadata["ganzoo"])
    header["configuration"]["model"]["name"] = model
    return written(folder, header, safetensors.torch.load_file(checkpoint), metadata)


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


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An honest checkpoint of an installed model."""
    settings = {"training.max_steps": 1, "training.batch_size": 8, "model.hidden": [8], "model.latent_dim": 4}
    folder = tmp_path_factory.mktemp("small") / "run"
    return ganzoo.train("gan", dataset="digits", settings=settings, out=folder).latest_checkpoint()


def forged(checkpoint: Path, folder: Path, changes: dict[str, Any]) -> Path:
    """A copy of a checkpoint that says other things of itself."""
    with safetensors.safe_open(checkpoint, framework="pt") as file:
        metadata = dict(file.metadata())
    header = {**json.loads(metadata["ganzoo"]), **changes}
    return written(folder, header, safetensors.torch.load_file(checkpoint), metadata)


def model(**settings: Any) -> dict[str, Any]:
    return {"configuration": {"model": {"name": "ganzoo-models:gan", **settings}}}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (model(latent_dim=10**12, hidden=[8]), "is larger than what it holds"),
        (model(latent_dim=4, hidden=[60_000, 60_000]), "is larger than what it holds"),
        (model(latent_dim=4, hidden=[1] * 10**5), "is larger than what it holds"),
        (model(latent_dim=5, hidden=[8]), "does not fit the network it says it is of: generator.layers"),
        ({"image": [1, 2**40, 8]}, "of at most 4,096 pixels"),
        ({"image": [1, 8.5, 8]}, "not channels, height and width"),
        ({"image": [1, 4096, 4096]}, "is larger than what it holds"),
        ({"step": float("inf")}, "has the step inf, not a whole number"),
        ({"num_classes": 3}, "has 3 classes, and names of 0"),
        ({"num_classes": 1, "class_names": [7]}, "has classes whose names are no texts"),
    ],
)  # fmt: skip
def test_a_forged_size_is_refused_before_anything_is_allocated(
    small: Path, tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(GanzooError, match=message):
        ganzoo.load(forged(small, tmp_path, changes))


def test_what_a_checkpoint_says_can_not_control_the_terminal(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as exit_info:
        main(["sample", str(forged(small, tmp_path, model(latent_dim="\x1b[2J\x07")))])

    err = capsys.readouterr().err
    assert exit_info.value.code == 2
    assert "latent_dim takes a whole number" in err
    assert err.replace("\n", "").isprintable()
