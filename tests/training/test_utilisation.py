"""`mfu` in metrics.jsonl: counted where the device's peak is known, and without a trace in the numbers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

import ganzoo
from ganzoo.training import utilisation
from ganzoo.training.utilisation import Utilisation, peak_of

SETTINGS = {
    "training.max_steps": 5, "training.batch_size": 4, "training.precision": "fp32", "run.log_every": 1,
    "run.device": "cpu", "model.latent_dim": 6, "model.hidden": (16,),
}  # fmt: skip
PEAK = 1e9


def train(out: Path, **settings: Any) -> tuple[list[dict[str, Any]], dict[str, torch.Tensor]]:
    """A short training's lines of losses, and the weights at its end."""
    chosen = {name.replace("__", "."): value for name, value in settings.items()}
    run = ganzoo.train("gan", dataset="digits", out=out, settings={**SETTINGS, **chosen})
    text = (run.path / "metrics.jsonl").read_text(encoding="utf-8")
    losses = [line for line in map(json.loads, text.splitlines()) if line["kind"] == "losses"]
    return losses, dict(ganzoo.load(run).generator.state_dict())


def test_counting_changes_no_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    penalty = {"regularisation__name": "r1", "regularisation__every": 2}
    plain, weights = train(tmp_path / "plain", **penalty)
    monkeypatch.setattr(utilisation, "peak_of", lambda _equipment: PEAK)
    counted, same = train(tmp_path / "counted", **penalty)

    assert [line["generator_loss"] for line in counted] == [line["generator_loss"] for line in plain]
    assert all(torch.equal(same[name], weights[name]) for name in weights)
    assert not any("mfu" in line for line in plain)  # no peak is known of a CPU
    # The second of two kinds of step comes second: before it, nobody knows their mean.
    assert ["mfu" in line for line in counted] == [False, True, True, True, True]


def test_it_is_arithmetic_by_speed_and_peak(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(utilisation, "peak_of", lambda _equipment: PEAK)
    lines, _ = train(tmp_path / "run")

    # Two networks of a hidden layer each. The generator goes forward once, and back: twice as much, less the
    # gradient of its latents. The discriminator judges real and fake images, then fakes once more, and goes
    # back for each: at least to the weights or to the images, at most to both.
    per_image = [line["mfu"] * PEAK / line["images_per_second"] for line in lines[1:]]
    generator, discriminator = 2 * (6 * 16 + 16 * 64), 2 * (64 * 16 + 16 * 1)
    assert 2 * generator + 6 * discriminator < min(per_image)
    assert max(per_image) < 3 * generator + 9 * discriminator
    assert max(per_image) == pytest.approx(min(per_image), rel=0.1)  # mfu is rounded


class Equipment:
    def __init__(self, device: str, compiled: bool = False, precision: str = "auto") -> None:
        self.device = torch.device(device)
        self.settings = type("S", (), {"compile": compiled, "precision": precision})
        self.players = type("P", (), {"dtype": torch.bfloat16})


def test_the_peak_is_the_data_sheets(monkeypatch: pytest.MonkeyPatch) -> None:
    def peak(*arguments: Any, **changes: Any) -> float | None:
        equipment: Any = Equipment(*arguments, **changes)
        return peak_of(equipment)

    monkeypatch.setattr(torch.cuda, "get_device_name", lambda _device: "NVIDIA H200")
    assert peak("cuda") == 989.5e12
    assert peak("cuda", precision="tf32") == 494.5e12
    assert peak("cuda", compiled=True) is None
    assert peak("cpu") is None

    monkeypatch.setattr(torch.cuda, "get_device_name", lambda _device: "a GPU of tomorrow")
    assert peak("cuda") is None


def test_what_is_not_known_costs_nothing() -> None:
    class Engine:
        step = 0
        equipment = type("E", (), {
            "device": torch.device("cpu"),
            "players": type("P", (), {"regularisation": None}),
            "settings": type("S", (), {"discriminator_steps": 1}),
        })  # fmt: skip

        def take_step(self) -> str:
            return "taken"

    engine: Any = Engine()
    untouched = Utilisation(engine)
    assert str(untouched.take_step()) == "taken"
    assert untouched.share_of_peak(1e6) is None
