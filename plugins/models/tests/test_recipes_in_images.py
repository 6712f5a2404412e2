"""What recipes say in images, schedules and averages, against the published numbers."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from ganzoo_objectives import BCE
from torch import nn
from torch.amp import GradScaler

from ganzoo.engine.players import Player, Players
from ganzoo.engine.schedule import Scheduled, apply_schedule, scheduled
from ganzoo.settings.binding import bind_section
from ganzoo.settings.merging import resolve
from ganzoo.settings.training import TrainingSettings

CIFAR10 = 50_000


def settings_of(model: str, **changes: Any) -> TrainingSettings:
    given = {f"training.{name}": value for name, value in changes.items()}
    training = resolve({"model.name": model, "dataset.name": "cifar10"}, given).training
    assert training is not None
    return training


def half_life(settings: TrainingSettings, images_seen: int) -> float:
    """Half-life of the average at a point of a training on CIFAR-10, from what a step keeps of it."""
    kept = scheduled(settings, images_seen, settings.schedule_length(CIFAR10)).average_decay
    return settings.images_per_step / -math.log2(kept) if kept else 0.0


def betas(model: str, settings: TrainingSettings, now: Scheduled) -> Any:
    """Those of Adam, as the recipe of a model has them now."""
    section = resolve({"model.name": model, "dataset.name": "cifar10"}).sections["optimizer"]
    assert section is not None
    rule = bind_section(section).make()
    optimizer = rule.make([nn.Parameter(torch.zeros(1))], 0.0)
    player = Player(nn.Identity(), nn.Identity(), optimizer, GradScaler("cpu"), rule.final_numbers)
    apply_schedule(Players(player, player, BCE(BCE.Config()), torch.float32), settings, now)
    return optimizer.param_groups[0]["betas"]


@pytest.mark.parametrize("model", ["r3gan", "r3gan-conditional"])
@pytest.mark.parametrize("epochs", [None, 10])
def test_r3gan_is_where_its_code_is_after_20_million_images_and_stays_there(
    model: str, epochs: int | None
) -> None:
    settings = settings_of(model, **({} if epochs is None else {"epochs": epochs}))

    for images_seen, expected in ((0, 0), (10_000_000, 2.5e6), (20_000_000, 5e6), (250_000_000, 5e6)):
        assert half_life(settings, images_seen) == pytest.approx(expected), images_seen
    for images_seen in (20_000_000, 250_000_000):
        now = scheduled(settings, images_seen, settings.schedule_length(CIFAR10))
        assert now.learning_rate_share * settings.learning_rate == pytest.approx(5e-5)
        assert betas(model, settings, now) == (0.0, pytest.approx(0.99))
        assert now.penalty_share == pytest.approx(0.1)
    first = scheduled(settings, 0, settings.schedule_length(CIFAR10))
    assert betas(model, settings, first) == (0.0, pytest.approx(0.9))
    assert settings.flip


def test_r3gan_trains_on_250_million_images() -> None:
    settings = settings_of("r3gan")
    images = settings.total_steps(CIFAR10) * settings.images_per_step
    assert images == pytest.approx(250e6, rel=0.01), "but for the images of an epoch that fill no batch"


@pytest.mark.parametrize("model", ["stylegan2", "stylegan2-conditional"])
def test_stylegan2_remembers_half_a_million_images_and_a_twentieth_of_those_seen(model: str) -> None:
    settings = settings_of(model)
    for images_seen, expected in ((0, 0), (1_000_000, 50_000), (10_000_000, 500_000), (10**8, 500_000)):
        assert half_life(settings, images_seen) == pytest.approx(expected), images_seen


def test_lightweight_keeps_its_thousandth_a_step_from_the_first_on() -> None:
    settings = settings_of("lightweight")
    for images_seen in (0, 400_000):
        now = scheduled(settings, images_seen, settings.schedule_length(CIFAR10))
        assert now.average_decay == pytest.approx(0.999, abs=1e-6)


@pytest.mark.parametrize("model", ["sngan", "sngan-projection", "wgan-gp"])
def test_a_linear_decay_is_as_long_as_its_training(model: str) -> None:
    settings = settings_of(model)
    assert settings.schedule_is_the_training()
    length = settings.total_steps(CIFAR10) * settings.images_per_step
    assert scheduled(settings, length // 2, settings.schedule_length(CIFAR10)).learning_rate_share == 0.5


def test_what_no_recipe_names_remembers_90_000_images() -> None:
    settings = settings_of("dcgan")
    for images_seen, expected in ((0, 0), (100_000, 5_000), (1_800_000, 90_000), (10**8, 90_000)):
        assert half_life(settings, images_seen) == pytest.approx(expected), images_seen
