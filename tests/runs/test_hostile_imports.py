"""`ganzoo import` of strangers' files: what lies about sizes and places is refused, before it is believed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor


def layer(stage: int, number: int, part: str) -> str:
    return f"MainLayers.{stage}.Layers.{number}.{part}"


def r3gan(last: int = 0, **changed: Tensor) -> dict[str, Tensor]:
    """The few weights that its settings are read off, named as if there were so many stages."""
    return {
        layer(0, 0, "Basis"): torch.ones(4, 4, 4),
        layer(0, 0, "LinearLayer.weight"): torch.ones(4, 8),
        layer(0, 1, "LinearLayer3.Layer.weight"): torch.ones(4, 4, 1, 1),
        layer(0, 1, "LinearLayer2.Layer.weight"): torch.ones(4, 4, 3, 3),
        layer(last, 1, "LinearLayer1.Layer.weight"): torch.ones(4, 4, 1, 1),
        "AggregationLayer.Layer.weight": torch.ones(3, 4, 1, 1),
        **changed,
    }


@pytest.mark.parametrize(
    ("model", "state", "words"),
    [
        ("r3gan", r3gan(last=10**12), "are missing"),  # images of 2**(10**12) pixels a side
        ("r3gan", r3gan(last=5), "are missing"),
        pytest.param(
            "r3gan",
            {**r3gan(), layer(0, 0, "Basis"): torch.ones(4, 9_000, 9_000)},
            "at most 4,096 pixels",
            marks=pytest.mark.slow,
        ),
        ("r3gan", {**r3gan(), layer(0, 0, "Basis"): torch.ones(())}, "is not of r3gan"),
        # A number, as large as it says only because it is repeated: the network would take terabytes.
        ("biggan", {"shared.weight": torch.zeros(1).expand(10**6, 10**6)}, "larger than its memory"),
        (
            "r3gan",
            r3gan(**{"AggregationLayer.Layer.weight": torch.full((3, 4, 1, 1), torch.nan)}),
            "not finite",
        ),
        ("stylegan2", {"synthesis.b4.const": torch.ones(4, 4, 4)}, "is not of stylegan2"),
    ],
)
def test_weights_that_lie_are_refused(
    model: str, state: dict[str, Tensor], words: str, ganzoo: Any, tmp_path: Path
) -> None:
    torch.save({"state_dict": state}, tmp_path / "released.pth")
    refused = ganzoo("import", tmp_path / "released.pth", "--as", model, "--out", tmp_path / "w.safetensors")
    assert (refused.code, words in refused.err) == (1, True), refused.err
    assert not (tmp_path / "w.safetensors").exists()


def test_a_network_larger_than_its_file_is_not_built(ganzoo: Any, tmp_path: Path) -> None:
    wide = {layer(0, 1, "LinearLayer3.Layer.weight"): torch.ones(60_000, 1, 1, 1)}
    torch.save({"state_dict": r3gan(last=1, **wide)}, tmp_path / "released.pth")
    refused = ganzoo(
        "import", tmp_path / "released.pth", "--as", "r3gan", "--out", tmp_path / "w.safetensors"
    )
    assert (refused.code, "larger than what it holds" in refused.err) == (1, True), refused.err


def test_a_pipe_or_nothing_is_said(ganzoo: Any, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.pkl")
    refused = ganzoo(
        "import", tmp_path / "pipe.pkl", "--as", "stylegan2", "--out", tmp_path / "w.safetensors"
    )
    assert (refused.code, "it is a pipe or a device" in refused.err) == (1, True), refused.err
    refused = ganzoo(
        "import", tmp_path / "none.pkl", "--as", "stylegan2", "--out", tmp_path / "w.safetensors"
    )
    assert (refused.code, "none.pkl can't be read: No such file" in refused.err) == (2, True), refused.err
