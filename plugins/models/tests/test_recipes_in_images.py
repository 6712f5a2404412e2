"""What recipes say in images, schedules and averages, against the published numbers."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from ganzoo_objectives import BCE
from torch import nn
from torch.amp import GradScaler

from ganzoo.engine.average import MovingAverage
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


RELEASED_R3GAN = {
    0: (2e-4, 0.9, 0.05, 0.0),
    1_000_000: (1.9907662554463534e-4, 0.9005540246732188, 0.0497229876633906, 30779.148512155574),
    5_000_000: (1.7803300858899106e-4, 0.9131801948466054, 0.04340990257669732, 732233.0470336314),
    12_345_344: (9.799035255560122e-5, 0.9612057884666393, 0.019397105766680366, 3400321.581479959),
    100_000_000: (5e-5, 0.99, 0.005, 5e6),
}
"""Images to learning rate, beta2, gamma and half-life: what `cosine_decay_with_warmup` of the released code
(brownvc/R3GAN, 19a7ddf, training/training_loop.py) gives for its preset CIFAR10."""


@pytest.mark.parametrize(("images", "expected"), RELEASED_R3GAN.items())
def test_r3gan_is_where_its_code_is_on_the_way(images: int, expected: tuple[float, ...]) -> None:
    settings = settings_of("r3gan")
    now = scheduled(settings, images, settings.schedule_length(CIFAR10))
    rate, gamma = now.learning_rate_share * settings.learning_rate, now.penalty_share * 0.05
    found = (rate, betas("r3gan", settings, now)[1], gamma, half_life(settings, images))
    assert found == pytest.approx(expected, rel=1e-9)


RELEASED_AVERAGES = {
    ("r3gan", 1): 1.0,
    ("r3gan", 100): -0.39766752501973174,
    ("r3gan", 1000): 0.6895310474153202,
    ("stylegan2", 1): 1.0,
    ("stylegan2", 100): -0.27956002984478734,
    ("stylegan2", 1000): 0.5815686247160337,
}
"""Model and steps to the average of a weight that is cos(step / 50) after each, by the lines below `Gema` of
training/training_loop.py in brownvc/R3GAN (19a7ddf) and NVlabs/stylegan2-ada-pytorch (d72cc7d)."""


@pytest.mark.parametrize(("model", "steps"), RELEASED_AVERAGES)
def test_the_average_is_where_the_released_codes_is(model: str, steps: int) -> None:
    settings = settings_of(model)
    network = nn.Linear(1, 1, bias=False, dtype=torch.float64)
    average = MovingAverage(network)
    for step in range(steps):
        nn.init.constant_(network.weight, math.cos(step / 50))
        now = scheduled(settings, step * settings.images_per_step, settings.schedule_length(CIFAR10))
        average.update(network, now.average_decay)
    (found,) = average.average.parameters()
    assert found.item() == pytest.approx(RELEASED_AVERAGES[model, steps], rel=1e-9)


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


@pytest.mark.parametrize(("model", "images"), [("biggan", 32_000_000), ("reacgan", 64_000_000)])
def test_biggan_keeps_all_but_a_ten_thousandth_a_step_in_the_last_third(model: str, images: int) -> None:
    settings = settings_of(model)
    assert settings.total_steps(CIFAR10) * settings.images_per_step == pytest.approx(images, rel=0.01)
    now = scheduled(settings, images * 7 // 10, settings.schedule_length(CIFAR10))
    assert now.average_decay == pytest.approx(0.9999, abs=1e-7)


def test_what_no_recipe_names_remembers_90_000_images() -> None:
    settings = settings_of("dcgan")
    for images_seen, expected in ((0, 0), (100_000, 5_000), (1_800_000, 90_000), (10**8, 90_000)):
        assert half_life(settings, images_seen) == pytest.approx(expected), images_seen
