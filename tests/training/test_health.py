"""Signs of failure: each rule on lines made for it, and on a real collapse."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from ganzoo.training import health

HEALTHY: dict[str, Any] = {
    "discriminator_share": 0.9,
    "generator_loss": 0.9,
    "diversity": 0.8,
    "saturation": 0.5,
    "real_saturation": 0.5,
    "generator_gradient": 0.1,
    "discriminator_gradient": 0.2,
}

FAILURES = {
    "discriminator-won": {"discriminator_share": 0.005, "generator_loss": 7.0},
    "constant-output": {"diversity": 0.001},
    "saturated-output": {"saturation": 0.999},
    "vanishing-gradient": {"generator_gradient": 1e-9},
    "exploding-gradient": {"generator_gradient": 500.0},
}


def names(lines: list[dict[str, Any]]) -> list[str]:
    return [rule.name for rule in health.diagnose(lines)]


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
  training.log_every=25`; every image is black from step 100 on
- dcgan: `ganzoo train dcgan --dataset cifar10`
"""


def first_warnings(name: str) -> dict[str, int]:
    """Each rule that speaks while the lines come in, and the step at which it first does."""
    text = (RECORDED / f"{name}.jsonl").read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    first: dict[str, int] = {}
    for count, line in enumerate(lines, start=1):
        for warning in names(lines[:count]):
            first.setdefault(warning, line["step"])
    return first


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
    assert health.readings(fake, real, generator, discriminator, (1.0, 2.0)) == {
        "diversity": 0.5,
        "saturation": 0.0,
        "real_saturation": 1.0,
        "generator_gradient": 3.0,
        "discriminator_gradient": 4.0,
    }


COLLAPSING = '''
from dataclasses import dataclass
import torch
from torch import nn
from ganzoo.interfaces import Discriminator, Generator, Model

class G(Generator):
    """Its last layer's bias drives every pixel to black, whatever the latents."""
    def __init__(self, image):
        super().__init__()
        self.latent_dim, self.image, self.num_classes = 2, image, None
        self.dense = nn.Linear(2, 64)
        nn.init.zeros_(self.dense.weight)
        nn.init.constant_(self.dense.bias, -20.0)
    def forward(self, latents, labels=None):
        return torch.tanh(self.dense(latents)).reshape(-1, 1, 8, 8)

class D(Discriminator):
    def __init__(self, image):
        super().__init__()
        self.image, self.num_classes = image, None
        self.dense = nn.Linear(64, 1)
    def forward(self, images, labels=None):
        return self.dense(images.flatten(1)).squeeze(1)

class Black(Model):
    """Draws nothing but black."""
    ganzoo_api = 1
    recipe = {"objective.name": ("ganzoo-objectives:bce", "test")}
    def __init__(self, config, image, num_classes):
        self.image = image
    def generator(self):
        return G(self.image)
    def discriminator(self):
        return D(self.image)
'''


@pytest.mark.parametrize("stop", [False, True])
def test_a_collapsed_run_says_so_once_and_ends_if_asked(tmp_path, monkeypatch, capsys, stop):
    from ganzoo.cli import main

    monkeypatch.chdir(tmp_path)
    (tmp_path / "black.py").write_text(COLLAPSING)
    arguments = "train black.py:Black --dataset digits --max-steps 100 --set training.log_every=5 --out run"
    with pytest.raises(SystemExit) as exit_info:
        main([*arguments.split(), *(["--stop-on-collapse"] if stop else [])])
    err = capsys.readouterr().err
    lines = [json.loads(line) for line in (tmp_path / "run/metrics.jsonl").read_text().splitlines()]
    warnings = [line["warning"] for line in lines if "warning" in line]
    assert "constant-output" in warnings
    assert len(warnings) == len(set(warnings)), "each once"
    assert "nearly the same image" in err
    assert exit_info.value.code == (1 if stop else 0)
    assert (lines[-1]["step"] < 100) == stop
