"""Signs of failure: each rule on lines made for it, and on a real collapse."""

from __future__ import annotations

import json
import statistics
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from ganzoo.interfaces import Batch
from ganzoo.training import health
from ganzoo.training.readings import readings

HEALTHY: dict[str, Any] = {
    "discriminator_share": 0.9,
    "generator_loss": 0.9,
    "diversity": 0.8,
    "class_diversity": 0.7,
    "saturation": 0.5,
    "real_saturation": 0.5,
    "generator_gradient": 0.1,
    "discriminator_gradient": 0.2,
}

FAILURES = {
    "discriminator-won": {"discriminator_share": 0.005, "generator_loss": 7.0},
    "constant-output": {"diversity": 0.001},
    "one-image-a-class": {"class_diversity": 0.01},
    "saturated-output": {"saturation": 0.999},
    "vanishing-gradient": {"generator_gradient": 1e-9},
    "exploding-gradient": {"generator_gradient": 500.0},
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


def test_lines_without_readings_satisfy_no_rule():
    assert names([dict.fromkeys(HEALTHY)] * 10) == []
    assert names([{}] * 10) == []


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
    past = health.Past()
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


def test_readings_of_known_images():
    generator, discriminator = nn.Linear(1, 1, bias=False), nn.Linear(1, 1, bias=False)
    generator.weight.grad, discriminator.weight.grad = torch.tensor([[3.0]]), torch.tensor([[-8.0]])
    real = torch.tensor([-1.0, 1.0]).reshape(2, 1, 1, 1)
    fake = torch.tensor([-0.5, 0.5]).reshape(2, 1, 1, 1)
    batches = Batch(fake, None), Batch(real, None)
    assert readings(*batches, generator, discriminator, (1.0, 2.0)) == {
        "diversity": 0.5,
        "saturation": 0.0,
        "real_saturation": 1.0,
        "generator_gradient": 3.0,
        "discriminator_gradient": 4.0,
    }


def class_diversity(fake: list[float], fake_labels: list[int], real: list[float], labels: list[int]) -> Any:
    batches = [
        Batch(torch.tensor(pixels).reshape(-1, 1, 1, 1), torch.tensor(numbers))
        for pixels, numbers in ((fake, fake_labels), (real, labels))
    ]
    return readings(*batches, nn.Linear(1, 1), nn.Linear(1, 1), (1.0, 1.0))["class_diversity"]


def test_diversity_within_classes_by_hand():
    # Class 3: -0.1 and 0.1, so 0.02 in squares; class 5: 0.5, 0.5 and 0.8, so 0.06; 0.08 over 5 - 2.
    fake = (0.08 / 3) ** 0.5
    real = [-0.5, 0.5, 0.0, 1.0], [0, 0, 1, 1]  # 0.5 in squares each, over 4 - 2
    assert class_diversity([-0.1, 0.5, 0.5, 0.1, 0.8], [3, 5, 5, 3, 5], *real) == pytest.approx(
        fake / 0.5**0.5, rel=1e-5
    )


def test_one_image_a_class_has_diversity_but_none_within_classes():
    assert class_diversity([-0.9, 0.9, -0.9, 0.9], [0, 1, 0, 1], [-0.5, 0.5, 0.0, 1.0], [0, 0, 1, 1]) == 0


def test_a_batch_without_two_images_of_a_class_says_nothing():
    assert class_diversity([-0.9, 0.9], [0, 1], [-0.5, 0.5], [0, 0]) is None


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
