"""`ganzoo train --dry-run`: what a training will take, before anything is written."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ganzoo.training import forecast as forecasts

TRAIN = (
    "train", "gan", "--dataset", "digits", "--batch-size", "16", "--set", "model.hidden=8,8",
    "--set", "run.log_every=3", "--max-steps", "6", "--checkpoint-every", "2", "--device", "cpu",
)  # fmt: skip


def test_a_dry_run_writes_nothing_and_foretells_what_is_written(
    ganzoo: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(forecasts, "_SECONDS", 0.02)
    monkeypatch.chdir(tmp_path)
    found: list[Any] = []
    make = forecasts.Forecast
    monkeypatch.setattr(forecasts, "Forecast", lambda **given: found.append(make(**given)) or found[-1])

    result = ganzoo(*TRAIN, "--dry-run")

    assert result.code == 0, result.err
    assert list(tmp_path.iterdir()) == []
    assert [line.split()[0] for line in result.out.splitlines()] == ["steps", "time", "memory", "disk"]
    assert "not counted: writing checkpoints, evaluations" in result.err
    (told,) = found
    assert told.steps == 6
    assert told.interval[0] <= told.seconds <= told.interval[1]
    assert told.seconds >= 6 * told.seconds_per_step > 0

    assert ganzoo(*TRAIN, "--out", "run").code == 0
    written = sorted((tmp_path / "run" / "checkpoints").glob("*.safetensors"))
    size = written[-1].stat().st_size
    assert told.checkpoint <= size <= told.checkpoint + 40_000  # and its metadata
    used = sum(path.stat().st_size for path in (tmp_path / "run").rglob("*") if path.is_file())
    assert told.checkpoint < used < told.disk + 2 * 40_000


def test_a_limit_of_time_ends_the_forecast_too(ganzoo: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forecasts, "_SECONDS", 0.02)

    result = ganzoo(*TRAIN, "--set", "run.max_seconds=0.00001", "--dry-run")

    assert result.code == 0, result.err
    steps, seconds, _, _ = result.out.splitlines()
    assert steps.split()[:2] == ["steps", "1,"]
    assert steps.endswith("; run.max_seconds ends it before 6")
    assert seconds.split()[1:3] == ["0.0", "s,"]


def test_a_dry_run_is_of_a_new_training(ganzoo: Any) -> None:
    result = ganzoo("train", "--resume", "somewhere", "--dry-run")

    assert result.code == 2
    assert "--dry-run is for a new training" in result.err


def test_the_interval_grows_with_the_spread_and_holds_steady_steps_tight() -> None:
    """By hand: eight runs of one step each; Student's t for 7 degrees of freedom is 2.365."""
    per_step, half = forecasts._with_half_width([1.0] * 8)
    assert (per_step, half) == (1.0, 0.0)
    per_step, half = forecasts._with_half_width([0.9, 1.1] * 4)
    assert per_step == pytest.approx(1.0)
    assert half == pytest.approx(2.365 * (8 * 0.01 / 7) ** 0.5 / 8**0.5, rel=0.02)


def test_steps_that_differ_are_followed_by_more_until_their_mean_is_sure_or_time_is_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Two steps of 0.5 s and two of 1.5 s in turn: eight, then as many again until 24 s are full."""
    rounds: list[int] = []

    def timed(_engine: Any, steps: int) -> list[float]:
        rounds.append(steps)
        return [(0.5, 1.5)[place // 2 % 2] for place in range(steps)] if steps > 1 else [1.0]

    monkeypatch.setattr(forecasts, "_timed", timed)
    world = SimpleNamespace(average=lambda tensor: tensor)
    players = SimpleNamespace(regularisation=None)
    equipment = SimpleNamespace(world=world, players=players, total_steps=1000)
    engine: Any = SimpleNamespace(equipment=equipment)

    assert len(forecasts._enough(engine)) == 24  # of 1 s in the mean
    assert rounds == [1, 8, 8, 8]

    monkeypatch.setattr(forecasts, "_timed", lambda _engine, steps: [1.0] * steps)
    assert len(forecasts._enough(engine)) == 8
