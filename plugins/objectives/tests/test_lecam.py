"""LeCam: its penalty in numpy, and what it remembers."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from ganzoo_objectives.regularisations import LeCam
from torch import Tensor

NOTHING: Any = None


def judge(real: Tensor, fake: Tensor) -> Any:
    """A discriminator that has said so much of two batches, and is asked nothing more."""
    return SimpleNamespace(real_logits=real, fake_logits=fake)


def by_hand(batches: list[tuple[Any, Any]], weight: float, decay: float, start: int) -> list[float]:
    """The formula of PyTorch-StudioGAN (`utils/losses.py`, `utils/ops.py`, `worker.py`), in float64."""
    real_average = fake_average = 7777.0
    penalties = []
    for step, (real, fake) in enumerate(batches):
        keep = decay if step >= start else 0.0
        real_average = keep * real_average + (1 - keep) * real.mean()
        fake_average = keep * fake_average + (1 - keep) * fake.mean()
        of_real = np.square(np.maximum(real - fake_average, 0)).mean()
        of_fake = np.square(np.maximum(real_average - fake, 0)).mean()
        penalties.append(weight * (of_real + of_fake) if step >= start else 0.0)
    return penalties


@pytest.mark.parametrize("start", [1, 3])
def test_penalties_are_those_of_the_formula(start: int) -> None:
    draw = np.random.default_rng(0)
    batches = [(draw.normal(1, 2, 6), draw.normal(-1, 2, 6)) for _ in range(8)]
    lecam = LeCam(LeCam.Config(weight=0.5, decay=0.9, start=start))

    found = [
        float(lecam.penalty(judge(*(torch.tensor(side).float() for side in (real, fake))), NOTHING, NOTHING))
        for real, fake in batches
    ]

    assert found == pytest.approx(by_hand(batches, 0.5, 0.9, start), rel=1e-5)
    assert found[:start] == [0.0] * start


def test_gradients_move_the_two_sides_together_and_not_the_averages() -> None:
    real, fake = torch.full((4,), 2.0, requires_grad=True), torch.full((4,), -2.0, requires_grad=True)
    lecam = LeCam(LeCam.Config(start=0, decay=0.0))
    lecam.penalty(judge(real, fake), NOTHING, NOTHING).backward()

    # d/dD(x) of 0.3 · mean(D(x) - a)² with a = -2: 0.3 · 2 · 4 / 4
    assert real.grad is not None
    assert torch.allclose(real.grad, torch.tensor(0.6))
    assert fake.grad is not None
    assert torch.allclose(fake.grad, torch.tensor(-0.6))
    assert not any(buffer.requires_grad for buffer in lecam.buffers())


def test_gradients_of_a_batch_outlast_the_next() -> None:
    """Micro-batches are differentiated one by one, but nothing says so here."""
    lecam = LeCam(LeCam.Config(start=0))
    real = torch.randn(4, requires_grad=True)
    first = lecam.penalty(judge(real, -real), NOTHING, NOTHING)
    second = lecam.penalty(judge(real + 1, -real), NOTHING, NOTHING)
    (first + second).backward()
    assert real.grad is not None
    assert real.grad.isfinite().all()


@pytest.mark.parametrize(
    ("settings", "message"),
    [({"decay": 1.0}, "below 1"), ({"start": -1}, "0 or more"), ({"weight": -1.0}, "0 or more")],
)
def test_values_out_of_range_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        LeCam.Config(**settings)
