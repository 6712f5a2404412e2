"""What a CUDA graph can't hold of an optimiser is refused in words, before the first step."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from ganzoo.engine.captured import require_capturable
from ganzoo.engine.distributed import World
from ganzoo.engine.preparation import prepare
from ganzoo.errors import UsageError
from ganzoo.settings.binding import bind
from ganzoo.settings.merging import resolve
from ganzoo.settings.training import TrainingSettings

SETTINGS = {
    "model.name": "gan", "model.hidden": (8,), "dataset.name": "digits", "training.batch_size": 16,
    "training.precision": "fp32",
}  # fmt: skip


def require(rate: float | torch.Tensor, **chosen: Any) -> None:
    settings = {f"optimizer.{key}": value for key, value in chosen.items()}
    bound = bind(resolve(SETTINGS, settings))
    players = prepare(bound, torch.device("cpu"), World()).equipment.players
    for player in (players.generator, players.discriminator):
        made = bound["optimizer"].make().make(player.optimizer.param_groups[0]["params"], rate)
        player.optimizer.param_groups[:] = made.param_groups
    require_capturable(players, TrainingSettings(), torch.device("cuda"), World())


@pytest.mark.parametrize("name", ["sgd", "adagrad", "adafactor"])
def test_an_optimiser_without_a_capturable_form_is_named(name: str) -> None:
    with pytest.raises(UsageError, match=f"(?i)can't capture {name}: .*no capturable form\nchoose another"):
        require(torch.tensor(0.1), name=name)


@pytest.mark.parametrize("name", ["adam", "rmsprop"])
def test_one_that_has_such_a_form_is_taken(name: str) -> None:
    require(torch.tensor(0.1), name=name)


def test_numbers_that_move_are_named() -> None:
    with pytest.raises(UsageError, match=r"can't capture what moves: betas .*\n.*final_\.\.\."):
        require(torch.tensor(0.1), name="adam", final_beta2=0.9)
