"""Signs of failure: each rule on lines made for it, and on a real collapse."""

from __future__ import annotations

import json
import statistics
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ganzoo.training import health
from ganzoo.training.past import Past

HEALTHY: dict[str, Any] = {
    "discriminator_share": 0.9,
    "generator_loss": 0.9,
    "diversity": 0.8,
    "class_diversity": 0.7,
    "saturation": 0.5,
    "real_saturation": 0.5,
    "generator_gradient": 0.1,
    "discriminator_gradient": 0.2,
    "weight_growth": 7.0,
}

FAILURES = {
    "diverged": {"discriminator_loss": 6e17, "generator_loss": -4e17, "generator_gradient": 0.0},
    "discriminator-won": {"discriminator_share": 0.005, "generator_loss": 7.0},
    "constant-output": {"diversity": 0.001},
    "one-image-a-class": {"class_diversity": 0.01},
    "saturated-output": {"saturation": 0.999},
    "vanishing-gradient": {"generator_gradient": 1e-9},
    "exploding-gradient": {"generator_gradient": 500.0},
    "every-update-skipped": {"loss_scale": 1e-9},
}


def names(lines: list[dict[str, Any]]) -> list[str]:
    return [rule.name for rule in health.Watch(lines[:-1], []).add(lines[-1])]


@pytest.mark.parametrize("failure", FAILURES)
def test_a_rule_speaks_of_its_own_failure_only(failure):
    lines = [HEALTHY] * 6 + [HEALTHY | FAILURES[failure]] * health.LINES
    assert names(lines) == [failure]


@pytest.mark.parametrize("failure", FAILURES)
def test_one_bad_moment_is_no_failure(failure):
    lines = [HEALTHY] * 6 + [HEALTHY | FAILURES[failure]] * (health.LINES - 1) + [HEALTHY]
    assert names(lines) == []


def test_weights_that_have_exploded_are_told_once_by_the_first_line_however_early():
    """A training of 60 steps has two lines, and its images are noise as they are at the start anyway."""
    watch = health.Watch([], [])
    line = HEALTHY | {"step": 3, "weight_growth": 2e10}
    assert [rule.name for _ in range(6) for rule in watch.add(line)] == ["exploding-weights"]
    assert names([HEALTHY | {"weight_growth": 900.0}] * 10) == []
    assert names([HEALTHY | {"weight_growth": None}] * 10) == []


def test_a_standstill_of_both_networks_is_told_by_the_first_line():
    """As with a learning rate of 1: logits of a thousand, where the loss is flat."""
    watch = health.Watch([], [])
    still = HEALTHY | {"step": 20, "generator_gradient": 0.0, "discriminator_gradient": 0.0}
    assert [rule.name for _ in range(3) for rule in watch.add(still)] == ["standstill"]
    assert names([HEALTHY | {"step": 20, "discriminator_gradient": 0.0}]) == []


def test_lines_without_readings_satisfy_no_rule():
    assert names([dict.fromkeys(HEALTHY)] * 10) == []
    assert names([{}] * 10) == []


@pytest.mark.parametrize("step", [[4], "4", None])
def test_lines_of_no_step_are_no_obstacle(step):
    assert names([HEALTHY | {"step": step}] * 10) == []


@pytest.mark.parametrize("other", ["generator_gradient", "discriminator_gradient"])
def test_one_players_gradient_explodes_though_the_other_has_never_been_told(other):
    (exploding,) = {"generator_gradient", "discriminator_gradient"} - {other}
    healthy = HEALTHY | {other: None}
    assert names([healthy] * 6 + [healthy | {exploding: 500.0}] * health.LINES) == ["exploding-gradient"]


def blind(lines: list[dict[str, Any]]) -> list[str]:
    watch = health.Watch(lines[:-1], [])
    watch.add(lines[-1])
    return [rule.name for rule in watch.blind()]


def test_what_can_not_be_told_is_said_once_and_is_no_failure():
    one_image = HEALTHY | {"diversity": None, "class_diversity": None}
    assert blind([one_image] * health.LINES) == ["diversity-unknown"]
    assert blind([HEALTHY | {"class_diversity": None}] * health.LINES) == ["class-diversity-unknown"]
    assert blind([one_image] * (health.LINES - 1) + [HEALTHY]) == []
    assert blind([one_image] * (health.LINES - 1)) == []
    assert blind([HEALTHY] * health.LINES) == []
    assert blind([{}] * 9) == [], "a line of before there were such readings"
    watch = health.Watch([one_image] * 9, ["diversity-unknown"])
    watch.add(one_image)
    assert watch.blind() == []


RECORDED = Path(__file__).parent / "recorded"
"""The first lines of real trainings with seed 0 or 1, read off metrics.jsonl:

- cgan: `ganzoo train cgan --dataset fashion-mnist`
- cgan-with-torch-initialisation: the same with `--set model.initialisation=torch --set
  run.log_every=25`; every image is black from step 100 on
- dcgan: `ganzoo train dcgan --dataset cifar10`
"""


def first_warnings(name: str) -> dict[str, int]:
    """Each rule that speaks while the lines come in, and the step at which it first does."""
    text = (RECORDED / f"{name}.jsonl").read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    watch = health.Watch([], [])
    return {rule.name: line["step"] for line in lines for rule in watch.add(line)}


def test_what_has_been_said_is_not_said_again_nor_after_a_resumption():
    line = HEALTHY | FAILURES["constant-output"]
    watch = health.Watch([HEALTHY] * 6, [])
    assert [[rule.name for rule in watch.add(line)] for _ in range(6)] == [
        [],
        [],
        [],
        ["constant-output"],
        [],
        [],
    ]
    resumed = health.Watch([line] * 9, ["constant-output"])
    assert resumed.add(line) == []


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=40))
def test_the_median_of_the_past_is_the_median(values):
    past = Past()
    for value in values:
        past.add({"generator_gradient": value, "discriminator_gradient": None})
    assert past.median("generator_gradient") == pytest.approx(statistics.median(values))
    assert past.count == len(values)


def test_a_real_collapse_is_seen_while_it_happens():
    # Alike and saturated from the first line, so at the fifth; the share is below 0.03 from step 100.
    assert first_warnings("cgan-with-torch-initialisation") == {
        "constant-output": 125,
        "saturated-output": 125,
        "discriminator-won": 175,
    }


@pytest.mark.parametrize("name", ["cgan", "dcgan"])
def test_real_trainings_that_went_well_are_met_with_silence(name):
    assert first_warnings(name) == {}


COLLAPSING = '''
import torch
from torch import nn
from ganzoo.interfaces import Discriminator, Generator, Model

class Black(Generator):
    """Every pixel is black, whatever the latents."""
    def __init__(self, image, num_classes):
        super().__init__()
        self.latent_dim, self.image, self.num_classes = 2, image, None
        self.dense = nn.Linear(2, 64)
        nn.init.zeros_(self.dense.weight)
        nn.init.constant_(self.dense.bias, -20.0)
    def forward(self, latents, labels=None):
        return torch.tanh(self.dense(latents)).reshape(-1, 1, 8, 8)

class OnePicture(Generator):
    """Heeds the label alone."""
    def __init__(self, image, num_classes):
        super().__init__()
        self.latent_dim, self.image, self.num_classes = 2, image, num_classes
        self.pictures = nn.Embedding(num_classes, 64)
    def forward(self, latents, labels=None):
        return torch.tanh(self.pictures(labels)).reshape(-1, 1, 8, 8)

class D(Discriminator):
    def __init__(self, image, num_classes):
        super().__init__()
        self.image, self.num_classes = image, num_classes
        self.dense = nn.Linear(64, 1)
    def forward(self, images, labels=None):
        return self.dense(images.flatten(1)).squeeze(1)

class Collapsing(Model):
    """Draws the same all the time."""
    ganzoo_api = 1
    conditional = CONDITIONAL
    recipe = {"objective.name": ("ganzoo-objectives:bce", "test")}
    def __init__(self, config, image, num_classes):
        self.networks = image, num_classes if CONDITIONAL else None
    def generator(self):
        return GENERATOR(*self.networks)
    def discriminator(self):
        return D(*self.networks)
'''


@pytest.mark.parametrize("stop", [False, True])
@pytest.mark.parametrize(
    ("generator", "conditional", "expected"),
    [("Black", False, "constant-output"), ("OnePicture", True, "one-image-a-class")],
)
def test_a_collapsed_run_says_so_once_and_ends_if_asked(
    tmp_path, monkeypatch, capsys, generator, conditional, expected, stop
):
    from ganzoo.cli import main

    monkeypatch.chdir(tmp_path)
    source = COLLAPSING.replace("GENERATOR", generator).replace("CONDITIONAL", str(conditional))
    (tmp_path / "collapsing.py").write_text(source)
    arguments = (
        "train collapsing.py:Collapsing --dataset digits --max-steps 100 --set run.log_every=5 --out run"
    )
    with pytest.raises(SystemExit) as exit_info:
        main([*arguments.split(), *(["--stop-on-collapse"] if stop else [])])
    err = capsys.readouterr().err
    lines = [json.loads(line) for line in (tmp_path / "run/metrics.jsonl").read_text().splitlines()]
    warnings = [line["warning"] for line in lines if "warning" in line]
    assert expected in warnings
    assert len(warnings) == len(set(warnings)), "each once"
    assert "nearly the same image" in err
    assert exit_info.value.code == (1 if stop else 0)
    assert (lines[-1]["step"] < 100) == stop


@pytest.mark.parametrize(
    ("model", "batch_size", "expected"),
    [("gan", 1, "diversity-unknown"), ("cgan", 2, "class-diversity-unknown")],
)
def test_a_run_that_can_not_be_watched_says_so(tmp_path, ganzoo, model, batch_size, expected):
    (tmp_path / "alike.py").write_text(ONE_IMAGE_A_CLASS)
    sizes = "--set model.hidden=8" if model == "gan" else "--set model.channels=2"
    arguments = (
        f"train {model} --dataset alike.py:OneImageAClass --batch-size {batch_size} --max-steps 6 "
        f"--set run.log_every=1 --stop-on-collapse --out run {sizes}"
    )
    run = ganzoo(*arguments.split())
    assert run.code == 0, run.err
    lines = [json.loads(line) for line in (tmp_path / "run/metrics.jsonl").read_text().splitlines()]
    assert [line["warning"] for line in lines if "warning" in line] == [expected]
    assert "can't be told" in run.err


ONE_IMAGE_A_CLASS = '''
from ganzoo.interfaces import Dataset, LabelledImages
import torch

class OneImageAClass(Dataset):
    """Eight images, each a class."""
    ganzoo_api = 1
    def __init__(self, config, data_dir):
        pass
    def load(self, split):
        noise = torch.Generator().manual_seed(0)
        images = torch.randint(256, (8, 1, 8, 8), generator=noise).to(torch.uint8)
        return LabelledImages(images, torch.arange(8), tuple("abcdefgh"))
'''
