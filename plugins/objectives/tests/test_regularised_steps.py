"""Regularisations inside the training step: lazily, with the right scale, after the update."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from ganzoo_objectives import Wasserstein
from ganzoo_objectives.augmentations import ADA
from ganzoo_objectives.regularisations import R1, R1R2, WeightClipping
from torch import Tensor, nn
from torch.amp import GradScaler

from ganzoo.engine.players import Player, Players
from ganzoo.engine.step import penalised_updates, training_step
from ganzoo.interfaces import Batch, Discriminator, Generator, ImageSpec, Regularisation

IMAGE = ImageSpec(1, 4, 4)


class Lines(Generator):
    """images = latents · weightᵀ."""

    def __init__(self) -> None:
        super().__init__()
        self.latent_dim, self.image, self.num_classes = 3, IMAGE, None
        self.weight = nn.Parameter(torch.full((16, 3), 0.1))

    def forward(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        return (latents @ self.weight.T).reshape(-1, *IMAGE.shape)


class Plane(Discriminator):
    """logits = images · weight."""

    def __init__(self) -> None:
        super().__init__()
        self.image, self.num_classes = IMAGE, None
        self.weight = nn.Parameter(torch.linspace(-1, 1, 16))

    def forward(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        return images.flatten(1) @ self.weight


def make_players(regularisation: Regularisation, rate: float, **other: Any) -> Players:
    def player(network: nn.Module) -> Player:
        optimizer = torch.optim.SGD(network.parameters(), lr=rate)
        return Player(network, network, optimizer, GradScaler("cpu", enabled=False))

    return Players(
        player(Lines()),
        player(Plane()),
        Wasserstein(None),
        torch.float32,
        regularisation=regularisation,
        **other,
    )


def penalties(every: int, steps: int) -> list[float]:
    """What a discriminator that stands still pays in each of these steps."""
    players = make_players(R1(R1.Config(weight=2.0, every=every)), rate=0.0)
    real = Batch(torch.randn(8, 1, 4, 4), None)
    paid = []
    for step in range(steps):
        result = training_step(players, [[real]], penalised=penalised_updates(players, step, 1))
        paid.append(0.0 if result.penalty is None else result.penalty.item())
    return paid


def test_a_lazy_penalty_costs_the_same_in_the_mean() -> None:
    norm = float(torch.linspace(-1, 1, 16).square().sum())
    assert penalties(every=1, steps=8) == pytest.approx(8 * [norm], rel=1e-5)
    assert penalties(every=4, steps=8) == pytest.approx([4 * norm, 0, 0, 0] * 2, rel=1e-5)


def test_a_lazy_penalty_pulls_as_far_in_the_mean() -> None:
    """Of `½γ‖w‖²` the gradient is γw: a step of plain descent shrinks w by rate · γ · every."""
    for every, expected in ((1, (1 - 0.001) ** 4), (4, 1 - 0.004)):
        players = make_players(R1(R1.Config(weight=1.0, every=every)), rate=0.001)
        # Nothing else pulls: all real images and all fakes are black.
        torch.nn.init.zeros_(players.generator_network.weight)  # type: ignore[arg-type]
        real = Batch(torch.zeros(8, 1, 4, 4), None)
        for step in range(4):
            training_step(players, [[real]], penalised=penalised_updates(players, step, 1))
            torch.nn.init.zeros_(players.generator_network.weight)  # type: ignore[arg-type]
        weight = players.discriminator_network.weight
        assert isinstance(weight, Tensor)
        torch.testing.assert_close(weight.detach(), expected * torch.linspace(-1, 1, 16))


def test_weights_are_clipped_after_every_update() -> None:
    players = make_players(WeightClipping(WeightClipping.Config(bound=0.05)), rate=0.5)
    for _ in range(3):
        result = training_step(players, [[Batch(torch.randn(8, 1, 4, 4), None)] for _ in range(2)])
        assert max(p.abs().max() for p in players.discriminator_network.parameters()) <= 0.05
    assert result.penalty is not None
    assert result.penalty.item() == 0


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_penalties_hold_under_augmentation_and_in_half_precision(dtype: torch.dtype) -> None:
    players = make_players(
        R1R2(R1R2.Config(weight=1.0)), rate=0.01, augmentation=ADA(ADA.Config(strength=1.0))
    )
    players = Players(**{**players.__dict__, "dtype": dtype})
    result = training_step(players, [[Batch(torch.randn(8, 1, 4, 4), None)]])
    assert result.penalty is not None
    assert result.penalty.dtype == torch.float32
    assert result.penalty > 0
    assert all(
        p.grad is not None and p.grad.isfinite().all() for p in players.discriminator_network.parameters()
    )
