"""Objectives and regularisations with a state that no checkpoint holds: said, and only then."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import nn

from ganzoo.engine.unsaved import Unsaved

ROOT = Path(__file__).resolve().parents[2]
TRAIN = "train gan --dataset digits --batch-size 16 --max-steps 2 --set model.hidden=8 --out run"


class Buffered(nn.Module):
    """Holds what a checkpoint holds, and what it doesn't."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("saved", torch.zeros(()))
        self.register_buffer("unsaved", torch.zeros(()), persistent=False)
        self.inner = nn.BatchNorm1d(2)
        self.inner.seen = 0


def unsaved(part: Any) -> Unsaved:
    return Unsaved({"objective": part, "regularisation": None})


@pytest.mark.parametrize(
    ("before", "after"),
    [(1.0, 0.9), ([1, 2], [1, 3]), ({"a": 1}, {"a": 2}), (torch.zeros(2), torch.ones(2)),
     (SimpleNamespace(count=1), SimpleNamespace(count=2)), (float("nan"), 0.0)],
)  # fmt: skip
def test_what_changes_is_named(before: Any, after: Any) -> None:
    part = SimpleNamespace(fixed=1.0, state=before)
    watch = unsaved(part)
    assert watch.changed() == []

    part.state = after
    assert watch.changed() == ["the objective's state"]


def test_of_a_module_the_buffers_are_saved_and_nothing_else() -> None:
    part = Buffered()
    watch = unsaved(part)
    part.saved += 1
    part.inner(torch.randn(4, 2))
    part.train(False)
    assert watch.changed() == []

    part.unsaved += 1
    part.inner.seen += 1
    assert watch.changed() == ["the objective's unsaved", "the objective's inner.seen"]


def test_what_is_computed_once_and_kept_is_no_state() -> None:
    part = SimpleNamespace(kept=None)
    watch = unsaved(part)
    part.kept = torch.ones(2)
    part.new = 3

    assert watch.changed() == []


def test_a_training_with_such_an_objective_says_so_once(ganzoo: Any) -> None:
    plugin = f"{ROOT / 'benchmarks/soak/plugins.py'}:Fading"
    result = ganzoo(*TRAIN.split(), "--checkpoint-every", "1", "--objective", plugin)

    assert result.code == 0
    warning = "the objective's _weight changed in the training, and no checkpoint holds it: resumed, this run"
    assert result.err.count(warning) == 1


def test_a_training_with_one_of_the_zoo_does_not(ganzoo: Any) -> None:
    result = ganzoo(*TRAIN.split(), "--objective", "relativistic", "--regularisation", "gradient-penalty")

    assert result.code == 0
    assert "no checkpoint holds" not in result.err
