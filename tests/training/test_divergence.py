"""What counts as diverged: no checkpoint, grid or figure may be made of numbers that are none."""

from __future__ import annotations

import json
import math
from types import SimpleNamespace

import pytest
import torch
from torch import nn

from ganzoo.errors import DivergedError, GanzooError
from ganzoo.runs.folder import Run
from ganzoo.sampling.generation import generate
from ganzoo.training.divergence import non_finite, require_finite_losses, require_finite_weights
from ganzoo.training.evaluations import Evaluations


def player() -> SimpleNamespace:
    network = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))
    optimizer = torch.optim.Adam(network.parameters())
    network(torch.ones(4, 2)).sum().backward()
    optimizer.step()
    return SimpleNamespace(
        network=network, optimizer=optimizer, scaler=torch.amp.GradScaler("cpu", enabled=False)
    )


@pytest.fixture
def players() -> SimpleNamespace:
    return SimpleNamespace(
        generator=player(), discriminator=player(), stateful_parts={"regularisation": nn.BatchNorm1d(2)}
    )


def test_finite_numbers_are_no_divergence(players):
    players.generator.network.register_buffer("mask", torch.full((2,), -math.inf))
    assert non_finite(players) == []
    require_finite_weights(players, 3)


def test_what_a_regularisation_remembers_is_looked_at(players):
    players.stateful_parts["regularisation"].running_mean.fill_(math.nan)
    assert non_finite(players) == ["regularisation.running_mean"]


@pytest.mark.parametrize(
    ("plant", "name"),
    [
        (lambda one: one.network[0].weight.data.fill_(math.nan), "generator.0.weight"),
        (lambda one: one.network[0].bias.grad.fill_(math.inf), "gradient of generator.0.bias"),
        (lambda one: one.network[1].running_var.fill_(math.inf), "generator.1.running_var"),
        (lambda one: one.network[1].running_mean.fill_(math.nan), "generator.1.running_mean"),
        (
            lambda one: one.optimizer.state[one.network[0].weight]["exp_avg_sq"].fill_(math.inf),
            "moments of generator.0.weight",
        ),
    ],
    ids=["weight", "gradient", "running variance", "running mean", "moment"],
)
def test_what_a_checkpoint_would_hold_is_looked_at(players, plant, name):
    plant(players.generator)
    assert non_finite(players) == [name]
    with pytest.raises(DivergedError, match=name.replace(".", r"\.")):
        require_finite_weights(players, 3)


@pytest.mark.parametrize("name", ["discriminator_loss", "generator_loss", "penalty"])
def test_a_loss_or_a_penalty_that_is_no_number_ends_the_training(players, name):
    line = {"discriminator_loss": 1.0, "generator_loss": 1.0}
    require_finite_losses(line, players, 3)
    with pytest.raises(DivergedError, match=f"{name} is inf at step 3"):
        require_finite_losses({**line, name: math.inf}, players, 3)


def test_an_image_that_is_no_image_is_not_drawn_black():
    class Broken(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(torch.tensor(math.nan))

        def forward(self, latents, labels=None):
            return latents[:, :, None, None] * self.weight

    with pytest.raises(GanzooError, match="draws NaN or infinite pixels"):
        list(generate(Broken(), torch.ones(2, 1), None))


def test_a_line_of_metrics_is_json_whatever_it_says(tmp_path):
    run = Run(tmp_path)
    (tmp_path / "checkpoints").mkdir()
    run.append_metrics(
        {"kind": "losses", "step": 1, "value": math.nan, "values": [math.inf, 1.5, {"a": -math.inf}]}
    )
    (line,) = run.metrics.read_text().splitlines()
    strangers: list[str] = []
    assert json.loads(line, parse_constant=strangers.append)["values"] == [None, 1.5, {"a": None}]
    assert strangers == []


def test_a_figure_that_is_no_number_is_never_the_best(tmp_path):
    run = Run(tmp_path)
    run.checkpoints.mkdir()
    values = iter([math.nan, 3.0, 2.0, -math.inf])
    evaluations = Evaluations(lambda _: {"distance": {"value": next(values)}}, run, [])
    for step in range(1, 5):
        run.checkpoint_path(step).touch()
        evaluations.record(nn.Identity(), step)
    assert run.best_checkpoint() == run.checkpoint_path(3)
