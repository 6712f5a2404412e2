"""Schedules at points worked out by hand."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ganzoo.engine.players import Player, Players
from ganzoo.engine.schedule import apply_schedule, factor, set_learning_rate
from ganzoo.settings.training import TrainingSettings


def player_of(parameter):
    return Player(None, None, torch.optim.Adam([parameter], betas=(0.5, 0.999)), None)


@pytest.mark.parametrize(
    ("schedule", "step", "expected"),
    [
        ("constant", 0, 1.0),
        ("constant", 99, 1.0),
        ("linear", 0, 1.0),
        ("linear", 25, 0.75),
        ("linear", 99, 0.01),
        ("cosine", 0, 1.0),
        ("cosine", 50, 0.5),
        ("cosine", 25, 0.8535533905932737),
    ],
)
def test_worked_points(schedule, step, expected):
    assert factor(schedule, step, 100) == pytest.approx(expected)


@given(st.sampled_from(["constant", "linear", "cosine"]), st.integers(1, 1000), st.data())
def test_a_factor_never_grows_nor_leaves_its_range(schedule, total, data):
    step = data.draw(st.integers(0, total - 1))
    assert 0 < factor(schedule, step, total) <= 1
    if step:
        assert factor(schedule, step, total) <= factor(schedule, step - 1, total)


def test_the_rate_reaches_the_optimiser():
    optimizer = torch.optim.Adam([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    set_learning_rate(optimizer, 0.25)
    assert [group["lr"] for group in optimizer.param_groups] == [0.25]


def test_what_moves_is_where_the_schedule_says():
    generator, discriminator = (player_of(torch.nn.Parameter(torch.zeros(1))) for _ in range(2))
    players = Players(generator, discriminator, objective=None, dtype=torch.float32)
    settings = TrainingSettings(
        schedule="cosine",
        learning_rate=2e-4,
        discriminator_learning_rate=4e-4,
        final_learning_rate_share=0.25,
        beta1=0.0,
        beta2=0.9,
        final_beta2=0.99,
        final_penalty_share=0.1,
    )

    def values():
        groups = [player.optimizer.param_groups[0] for player in (generator, discriminator)]
        return [group["lr"] for group in groups], groups[0]["betas"], players.penalty_share.item()

    # Huang et al., 2024, released code, CIFAR10: 2e-4 to 5e-5, 0.9 to 0.99, 0.05 to 0.005 (a tenth).
    for step, rate, beta2, share in ((0, 2e-4, 0.9, 1.0), (50, 1.25e-4, 0.945, 0.55), (100, 5e-5, 0.99, 0.1)):
        apply_schedule(players, settings, step, 100)
        rates, betas, penalty_share = values()
        assert rates == pytest.approx([rate, 2 * rate])
        assert betas == (0.0, pytest.approx(beta2))
        assert penalty_share == pytest.approx(share)


def test_nothing_else_moves_by_default():
    player = player_of(torch.nn.Parameter(torch.zeros(1)))
    players = Players(player, player, objective=None, dtype=torch.float32)
    apply_schedule(players, TrainingSettings(schedule="linear"), 75, 100)
    assert player.optimizer.param_groups[0]["lr"] == pytest.approx(2e-4 / 4)
    assert player.optimizer.param_groups[0]["betas"] == (0.5, 0.999)
    assert players.penalty_share == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [("final_learning_rate_share", 1.5), ("final_penalty_share", -0.1), ("final_beta2", 1.0)],
)
def test_values_out_of_range_are_refused(name, value):
    with pytest.raises(ValueError, match=f"{name} must be at least 0 and .* not {value}"):
        TrainingSettings(**{name: value})
