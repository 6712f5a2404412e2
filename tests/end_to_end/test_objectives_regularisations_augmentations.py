"""Any objective with any regularisation and any augmentation, and how such runs replay and resume."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from ganzoo.cli import main
from ganzoo.plugins import discovery
from ganzoo.runs import checkpoints

OBJECTIVES = [plugin.name for plugin in discovery.discover().of_kind("objective")]
REGULARISATIONS = [plugin.name for plugin in discovery.discover().of_kind("regularisation")]
AUGMENTATIONS = [plugin.name for plugin in discovery.discover().of_kind("augmentation")]

TINY = "--dataset digits --batch-size 8 --set run.log_every=1 --set model.channels=4 --set model.latent_dim=8"

RECIPE = '''
from ganzoo.interfaces import Model
from ganzoo_models.dcgan import DCGAN


class Regularised(Model):
    """A dcgan whose recipe names a regularisation and an augmentation."""

    ganzoo_api = 1
    components = {"upsampling": "ganzoo-components:transposed-conv"}
    recipe = {
        "objective.name": ("ganzoo-objectives:bce", "a choice"),
        "regularisation.name": ("ganzoo-objectives:r1", "a choice"),
        "regularisation.weight": (0.5, "a choice"),
        "augmentation.name": ("ganzoo-objectives:diffaugment", "a choice"),
    }

    def __init__(self, config, image, num_classes, *, upsampling):
        self._model = DCGAN(DCGAN.Config(channels=4), image, num_classes, upsampling=upsampling)

    def generator(self):
        return self._model.generator()

    def discriminator(self):
        return self._model.discriminator()
'''


def train(*arguments: str) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["train", *arguments])
    assert stopped.value.code == 0


def lines(run: Path) -> list[dict[str, Any]]:
    """The metrics without what the clock says, and without what says that a run was made longer."""
    found = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    found = [line for line in found if line["kind"] != "settings"]
    return [
        {
            key: value
            for key, value in line.items()
            if key not in ("images_per_second", "seconds", "processor_seconds")
        }
        for line in found
    ]


def tensors(run: Path) -> dict[str, torch.Tensor]:
    return checkpoints.read_tensors(run / "checkpoints" / (run / "latest").read_text().strip())


PAIRS = [
    pytest.param(objective, regularisation, marks=[] if is_quick else pytest.mark.slow)
    for objective in OBJECTIVES
    for regularisation in REGULARISATIONS
    for is_quick in [objective == OBJECTIVES[0] or regularisation == REGULARISATIONS[0]]
]
"""Each objective and each regularisation is quick once."""


@pytest.mark.parametrize(("objective", "regularisation"), PAIRS)
def test_every_objective_trains_with_every_regularisation(
    tmp_path: Path, objective: str, regularisation: str
) -> None:
    names = (
        f"--objective {objective} --regularisation {regularisation} --max-steps 2 --out {tmp_path / 'run'}"
    )
    train("dcgan", *TINY.split(), *names.split())
    for line in lines(tmp_path / "run"):
        assert line["penalty"] >= 0
    assert all(tensor.isfinite().all() for tensor in tensors(tmp_path / "run").values())


@pytest.mark.slow
@pytest.mark.parametrize("augmentation", AUGMENTATIONS)
@pytest.mark.parametrize("regularisation", REGULARISATIONS)
def test_every_regularisation_trains_with_every_augmentation(
    tmp_path: Path, augmentation: str, regularisation: str
) -> None:
    names = (
        f"--objective hinge --regularisation {regularisation} --augmentation {augmentation} --max-steps 2 "
        f"--out {tmp_path / 'run'}"
    )
    train("dcgan", *TINY.split(), *names.split())
    assert all(line["penalty"] >= 0 for line in lines(tmp_path / "run"))


def test_a_conditional_model_trains_with_labels_in_its_penalty(tmp_path: Path) -> None:
    arguments = f"{TINY} --regularisation gradient-penalty --augmentation ada --max-steps 2".replace(
        "--set model.latent_dim=8", ""
    )
    train("cgan", *arguments.split(), "--out", str(tmp_path / "run"))
    assert all(line["penalty"] > 0 for line in lines(tmp_path / "run"))


def test_none_switches_the_recipes_choice_off_and_replays_so(tmp_path: Path) -> None:
    (tmp_path / "regularised.py").write_text(RECIPE)
    arguments = [
        f"{tmp_path / 'regularised.py'}:Regularised",
        *["--dataset", "digits", "--batch-size", "8", "--max-steps", "1"],
    ]
    train(*arguments, "--out", str(tmp_path / "with"))
    settings = json.loads((tmp_path / "with" / "config.json").read_text())
    assert settings["regularisation"]["weight"] == 0.5
    assert settings["augmentation"]["name"] == "ganzoo-objectives:diffaugment"
    assert lines(tmp_path / "with")[0]["penalty"] > 0

    off = ["--regularisation", "none", "--augmentation", "none"]
    train(*arguments, *off, "--out", str(tmp_path / "without"))
    train("--config", str(tmp_path / "without" / "config.json"), "--out", str(tmp_path / "again"))
    for run in ("without", "again"):
        settings = json.loads((tmp_path / run / "config.json").read_text())
        assert (settings["regularisation"], settings["augmentation"]) == ({"name": "none"}, {"name": "none"})
        assert "penalty" not in lines(tmp_path / run)[0]
    assert lines(tmp_path / "without") == lines(tmp_path / "again")


def test_a_resumed_run_with_an_adaptive_strength_is_the_run_that_never_stopped(tmp_path: Path) -> None:
    """Stopped in the middle of the strength's interval, with a lazy penalty due later."""
    arguments = (
        f"{TINY} --augmentation ada --set augmentation.images=100 --set augmentation.target=-0.9 "
        "--regularisation r1 --set regularisation.every=3"
    ).split()
    train("dcgan", *arguments, "--max-steps", "10", "--out", str(tmp_path / "whole"))
    train("dcgan", *arguments, "--max-steps", "6", "--out", str(tmp_path / "stopped"))
    train("--resume", str(tmp_path / "stopped"), "--max-steps", "10")
    whole, resumed = tensors(tmp_path / "whole"), tensors(tmp_path / "stopped")
    assert whole["augmentation.strength"].item() == pytest.approx(2 * 4 * 8 / 100)
    assert whole["augmentation.seen"][2] == 2
    assert [name for name in whole if not torch.equal(whole[name], resumed[name])] == []
    assert lines(tmp_path / "whole") == lines(tmp_path / "stopped")
