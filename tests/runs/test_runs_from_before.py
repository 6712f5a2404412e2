"""A run from before 0.1.0, as that version wrote it: sampled, resumed, replayed and shown by its new names.

`before_0_1_0/` is what this left, without env.json and samples:

    ganzoo train cgan --dataset digits --set model.channels=2 --set model.latent_dim=4
      --set conditioning.features=3 --regularisation r1 --augmentation diffaugment --batch-size 32
      --max-steps 4 --set training.log_every=2 --checkpoint-every 2 --sample-every 4 --evaluate-every 4
      --set training.evaluate_num=40 --precision fp32 --device cpu
"""

from __future__ import annotations

import importlib.metadata
import json
import shutil
from pathlib import Path

import pytest
import torch

import ganzoo
from ganzoo.runs import checkpoints
from ganzoo.runs.folder import Run, read_configuration
from ganzoo.settings.merging import resolve
from ganzoo.settings.old_names import DISTRIBUTIONS, RUN_SETTINGS
from ganzoo.settings.run import RunSettings


@pytest.fixture
def old(tmp_path: Path) -> Run:
    shutil.copytree(Path(__file__).parent / "before_0_1_0", tmp_path / "old")
    (tmp_path / "old/samples").mkdir(exist_ok=True)
    return Run(tmp_path / "old")


def test_its_settings_are_what_they_were_under_their_new_names(old: Run) -> None:
    configuration = resolve(read_configuration(old))

    assert configuration.plugin("model").full_name == "ganzoo-models:cgan"
    assert configuration.plugin("conditioning").full_name == "ganzoo-components:embedding"
    assert configuration.plugin("regularisation").full_name == "ganzoo-objectives:r1"
    assert configuration.run == RunSettings(
        device="cpu", log_every=2, sample_every=4, checkpoint_every=2, evaluate_every=4, evaluate_num=40
    )
    assert configuration.training is not None
    assert (configuration.training.batch_size, configuration.training.precision) == (32, "fp32")


def test_its_lines_have_a_kind(old: Run) -> None:
    assert [line["kind"] for line in old.read_metrics()] == ["losses", "losses", "evaluation"]
    assert [line["step"] for line in old.read_metrics("losses")] == [2, 4]


def test_it_draws(old: Run) -> None:
    trained = ganzoo.load(old)

    assert trained.step == 4
    assert trained.sample(3, label=7).shape == (3, 1, 8, 8)


def test_it_goes_on_as_a_new_run_does(old: Run, tmp_path: Path) -> None:
    settings = {key: value for key, value in read_configuration(old).items() if key != "training.max_steps"}
    settings |= {"run.evaluate_every": None, "training.max_steps": 6}
    chosen = {"dataset": settings.pop("dataset.name")}
    chosen |= {key.partition(".")[0]: settings.pop(key) for key in list(settings) if key.endswith(".name")}
    new = ganzoo.train(chosen.pop("model"), out=tmp_path / "new", settings=settings, **chosen)

    ganzoo.resume(old, settings={"training.max_steps": 6, "run.evaluate_every": None})

    ours, theirs = (checkpoints.read_tensors(run.checkpoint_path(6)) for run in (old, new))
    assert ours.keys() == theirs.keys()
    for name, tensor in ours.items():  # the digits of a training differ a little between processors
        torch.testing.assert_close(tensor, theirs[name], rtol=1e-2, atol=1e-4, msg=name)
    written = json.loads((old.path / "config.json").read_text("utf-8"))
    assert written["schema"] == 3
    assert written["model"]["name"] == "ganzoo-models:cgan"


def test_the_table_of_old_names_leads_to_what_is_installed() -> None:
    installed = {distribution.name for distribution in importlib.metadata.distributions()}

    assert set(DISTRIBUTIONS.values()) <= installed
    assert installed.isdisjoint(DISTRIBUTIONS)
    assert set(RUN_SETTINGS) <= set(RunSettings.__dataclass_fields__)
