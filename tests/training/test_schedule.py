"""Learning-rate schedules at points worked out by hand."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ganzoo.training.schedule import factor, set_learning_rate


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
