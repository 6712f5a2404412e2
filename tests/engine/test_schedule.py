"""Schedules at points worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ganzoo.engine.players import Player, Players
from ganzoo.engine.schedule import apply_schedule, factor, scheduled, set_learning_rate
from ganzoo.settings.training import TrainingSettings


def player_of(parameter):
    return Player(None, None, torch.optim.Adam([parameter], betas=(0.5, 0.999)), None)


@pytest.mark.parametrize(
    ("schedule", "images_seen", "expected"),
    [
        ("constant", 0, 1.0),
        ("constant", 99, 1.0),
        ("linear", 0, 1.0),
        ("linear", 25, 0.75),
        ("linear", 99, 0.01),
        ("cosine", 0, 1.0),
        ("cosine", 50, 0.5),
        ("cosine", 25, 0.8535533905932737),
        ("constant", 101, 1.0),
        ("linear", 101, 0.0),
        ("cosine", 10**9, 0.0),
    ],
)
def test_worked_points(schedule, images_seen, expected):
    assert factor(schedule, images_seen, 100) == pytest.approx(expected)


@given(st.sampled_from(["constant", "linear", "cosine"]), st.integers(1, 1000), st.data())
def test_a_factor_never_grows_nor_leaves_its_range(schedule, length, data):
    images_seen = data.draw(st.integers(0, length - 1))
    assert 0 < factor(schedule, images_seen, length) <= 1
    if images_seen:
        assert factor(schedule, images_seen, length) <= factor(schedule, images_seen - 1, length)


def test_the_rate_reaches_the_optimiser():
    optimizer = torch.optim.Adam([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    set_learning_rate(optimizer, 0.25)
    assert [group["lr"] for group in optimizer.param_groups] == [0.25]


def test_what_moves_is_where_the_schedule_says():
    parameters = [torch.nn.Parameter(torch.zeros(1)) for _ in range(2)]
    generator, discriminator = (
        Player(None, None, torch.optim.Adam([parameter], betas=(0.0, 0.9)), None, {"betas": (0.0, 0.99)})
        for parameter in parameters
    )
    players = Players(generator, discriminator, objective=None, dtype=torch.float32)
    settings = TrainingSettings(
        schedule="cosine",
        learning_rate=2e-4,
        discriminator_learning_rate=4e-4,
        final_learning_rate_share=0.25,
        final_penalty_share=0.1,
    )

    def values():
        groups = [player.optimizer.param_groups[0] for player in (generator, discriminator)]
        return [group["lr"] for group in groups], groups[0]["betas"], players.penalty_share.item()

    # Huang et al., 2024, released code, CIFAR10: 2e-4 to 5e-5, 0.9 to 0.99, 0.05 to 0.005 (a tenth).
    held = (5e-5, 0.99, 0.1)
    for images_seen, (rate, beta2, share) in (
        (0, (2e-4, 0.9, 1.0)), (10_000_000, (1.25e-4, 0.945, 0.55)), (20_000_000, held), (250_000_000, held),
    ):  # fmt: skip
        apply_schedule(players, settings, scheduled(settings, images_seen, 20_000_000))
        rates, betas, penalty_share = values()
        assert rates == pytest.approx([rate, 2 * rate])
        assert betas == (0.0, pytest.approx(beta2))
        assert penalty_share == pytest.approx(share)


def test_nothing_else_moves_by_default():
    player = player_of(torch.nn.Parameter(torch.zeros(1)))
    players = Players(player, player, objective=None, dtype=torch.float32)
    settings = TrainingSettings(schedule="linear")
    apply_schedule(players, settings, scheduled(settings, 75, 100))
    assert player.optimizer.param_groups[0]["lr"] == pytest.approx(2e-4 / 4)
    assert player.optimizer.param_groups[0]["betas"] == (0.5, 0.999)
    assert players.penalty_share == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [("final_learning_rate_share", 1.5), ("final_penalty_share", -0.1)],
)
def test_values_out_of_range_are_refused(name, value):
    with pytest.raises(ValueError, match=f"{name} must be at least 0 and .* not {value}"):
        TrainingSettings(**{name: value})


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("schedule_images", 0, "at least 1"),
        ("average_half_life", -1.0, "at least 0, or none"),
        ("final_average_half_life", -1.0, "at least 0, or none"),
        ("average_ramp", 0.0, "above 0"),
    ],
)
def test_images_out_of_range_are_refused(name, value, allowed):
    with pytest.raises(ValueError, match=f"{name} must be {allowed}, not {value}"):
        TrainingSettings(**{name: value})


@pytest.mark.parametrize(
    ("settings", "optimizer_moves", "is_the_training"),
    [
        ({}, False, False),
        ({}, True, False),
        ({"final_learning_rate_share": 0.5}, False, False),
        ({"schedule": "linear"}, False, True),
        ({"schedule": "linear", "schedule_images": 100}, True, False),
        ({"schedule": "linear", "final_learning_rate_share": 1.0}, False, False),
        ({"schedule": "linear", "final_learning_rate_share": 1.0, "final_penalty_share": 0.5}, False, True),
        ({"schedule": "cosine", "final_learning_rate_share": 1.0}, True, True),
        ({"schedule": "cosine", "final_learning_rate_share": 1.0}, False, False),
        ({"schedule": "cosine", "final_learning_rate_share": 1.0, "average_half_life": 0.0,
          "final_average_half_life": 9.0}, False, True),
        ({"schedule": "cosine", "final_learning_rate_share": 1.0, "average_half_life": None,
          "final_average_half_life": 9.0}, False, False),
    ],
)  # fmt: skip
def test_a_schedule_is_the_trainings_length_where_something_moves_on_it(
    settings, optimizer_moves, is_the_training
):
    assert TrainingSettings(**settings).schedule_is_the_training(optimizer_moves) is is_the_training


def test_lengths_count_the_images_of_all_updates():
    settings = TrainingSettings(batch_size=64, discriminator_steps=5, epochs=3)
    assert settings.images_per_step == 320
    assert settings.steps_per_epoch(50_000) == 781 // 5
    assert settings.total_steps(50_000) == 3 * 156
    assert settings.schedule_length(50_000) == 3 * 156 * 320
    assert replace(settings, max_steps=7).schedule_length(50_000) == 7 * 320
    assert replace(settings, max_steps=7, schedule_images=1000).schedule_length(50_000) == 1000
