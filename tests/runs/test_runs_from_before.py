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
from ganzoo.engine.schedule import scheduled
from ganzoo.errors import UsageError
from ganzoo.runs import checkpoints
from ganzoo.runs.folder import Run, read_configuration
from ganzoo.settings.configuration import flatten
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


def test_its_average_counts_images_and_keeps_as_much_as_it_did(old: Run) -> None:
    """Of 0.999 a step and (1 + n) / (10 + n) after step n the smaller; of 32 images a step."""
    training = resolve(read_configuration(old)).training
    assert training is not None
    assert training.schedule_images is None
    for step, tolerance in ((100, 7e-3), (1_000, 1e-4), (5_000, 5e-6), (9_100, 1e-12), (10**6, 1e-12)):
        kept = scheduled(training, 32 * (step - 1), training.schedule_length(1500)).average_decay
        assert kept == pytest.approx(min(0.999, (1 + step) / (10 + step)), abs=tolerance), step


@pytest.mark.parametrize(
    ("training", "half_life"),
    [
        ({"ema_decay": 0.5, "batch_size": 64, "discriminator_steps": 1}, 64),
        ({"ema_decay": 0.5, "batch_size": 64, "discriminator_steps": 5}, 320),
        ({"ema_decay": 0.25, "batch_size": 64, "discriminator_steps": 1}, 32),
        ({"ema_decay": 0, "batch_size": 64, "discriminator_steps": 1}, None),
    ],
)
@pytest.mark.parametrize("schema", [1, 2])
def test_an_old_decay_is_a_half_life_in_images(
    training: dict[str, float], half_life: float | None, schema: int
) -> None:
    renewed = flatten({"schema": schema, "training": training})
    assert renewed["training.average_half_life"] == pytest.approx(half_life)
    assert renewed["training.final_average_half_life"] is None
    assert "training.ema_decay" not in renewed


@pytest.mark.parametrize("decay", [1.0, -0.1, "x", None, float("nan"), [1]])
@pytest.mark.parametrize("batch_size", [64, "x", None, float("inf")])
def test_a_damaged_decay_is_left_for_the_check_of_settings(decay: object, batch_size: object) -> None:
    renewed = flatten({"schema": 2, "training": {"ema_decay": decay, "batch_size": batch_size}})
    with pytest.raises(UsageError, match=r"training\.(ema_decay|average_half_life|batch_size)"):
        resolve({"model.name": "dcgan", "dataset.name": "digits"}, renewed)


def test_a_run_of_schema_2_goes_on_with_its_schedule_and_without_what_its_recipe_has_now() -> None:
    """r3gan's schedules were as long as the training, its half-life one, and it mirrored nothing."""
    before = {"schedule": "cosine", "ema_decay": 0.99993, "batch_size": 512, "epochs": 400, "flip": False}
    renewed = flatten({"schema": 2, "training": before})
    training = resolve({"model.name": "r3gan", "dataset.name": "cifar10"}, renewed).training
    assert training is not None
    assert training.average_half_life == pytest.approx(5_069_699, rel=1e-6)  # 512 ln(1/2) / ln(0.99993)
    assert (training.final_average_half_life, training.schedule_images, training.flip) == (None, None, False)
    assert training.schedule_is_the_training()


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
    assert written["schema"] == 4
    assert written["model"]["name"] == "ganzoo-models:cgan"


def test_the_table_of_old_names_leads_to_what_is_installed() -> None:
    installed = {distribution.name for distribution in importlib.metadata.distributions()}

    assert set(DISTRIBUTIONS.values()) <= installed
    assert installed.isdisjoint(DISTRIBUTIONS)
    assert set(RUN_SETTINGS) <= set(RunSettings.__dataclass_fields__)
