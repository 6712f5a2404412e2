"""A package of weights from a run that may be a stranger's: what its files say of its cost is checked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ganzoo.export.weights_package import cost_of


@pytest.mark.parametrize(
    ("environment", "seconds", "cost"),
    [
        ({"devices": [{"name": "a GPU"}]}, 90, "1.5 min on a GPU"),
        ({"processor": "a processor"}, 90.0, "1.5 min on a processor"),
        ([], 90, "1.5 min on ?"),
        ({"devices": 5, "processor": "\x1b[2Jx"}, 90, "1.5 min on [2Jx"),
        ({"devices": [5, {"name": 7}, {}]}, 90, "1.5 min on 7, None"),
        ({}, "soon", "not recorded"),
        ({}, True, "not recorded"),
        (None, 60, "1.0 min on ?"),
    ],
)
def test_what_a_training_cost_is_read_from_whatever_is_there(
    environment: object, seconds: object, cost: str, tmp_path: Path
) -> None:
    (tmp_path / "metrics.jsonl").write_text(
        json.dumps({"kind": "losses", "step": 1, "seconds": seconds}) + "\n"
    )
    (tmp_path / "env.json").write_text("{" if environment is None else json.dumps(environment))

    assert cost_of(tmp_path / "checkpoints" / "step-00000001.safetensors") == cost
