"""The table of all models and the race to quality: tiny ones on digits, and arithmetic worked out by hand."""

from __future__ import annotations

import json
import math
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from PIL import Image, ImageChops

from ganzoo.errors import UsageError
from ganzoo.settings.merging import resolve

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"

CONTENDERS = """
[dense.model]
name = "gan"
hidden = [16]

[dense.training]
batch_size = 32

[lightweight.training]
batch_size = 8
"""

CONDITIONAL = """
[narrow.model]
name = "cgan"
channels = 2

[narrow.training]
batch_size = 32
"""


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the classifier of the digits is kept, which is trained once."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def _place(monkeypatch: pytest.MonkeyPatch, cache: Path, tmp_path: Path) -> None:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    monkeypatch.setenv("GANZOO_CACHE", str(cache))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def zoo(tmp_path: Path) -> Callable[..., Result]:
    import zoo

    return _command(zoo.main, tmp_path, CONTENDERS)


@pytest.fixture
def race(tmp_path: Path) -> Callable[..., Result]:
    import race

    return _command(race.main, tmp_path, CONDITIONAL)


def _command(main: Any, folder: Path, contenders: str) -> Callable[..., Result]:
    path = folder / "contenders.toml"
    path.write_text(contenders)
    common = ["--dataset", "digits", "--contenders", str(path), "--num", "100", "--out", str(folder / "out")]

    def call(*arguments: object) -> Result:
        return CliRunner().invoke(main, [*common, *map(str, arguments)], catch_exceptions=False)

    return call


def trial(folder: Path) -> dict[str, Any]:
    """What `trial.json` of a folder holds."""
    return dict(json.loads((folder / "trial.json").read_text()))


@pytest.mark.slow
def test_every_contender_gets_a_row_and_a_failure_says_why(
    zoo: Callable[..., Result], tmp_path: Path
) -> None:
    first = zoo("--seconds", 1)
    assert first.exit_code == 0, first.output

    results = json.loads((tmp_path / "out" / "results.json").read_text())["results"]
    dense = results["dense"]
    assert dense["seconds"] >= 1
    assert dense["images"] == 32 * dense["steps"]
    assert dense["images_per_second"] == pytest.approx(dense["images"] / dense["seconds"], rel=0.06)
    assert dense["resident_peak_bytes"] > 50 * 2**20
    distance = dense["frechet-distance"]
    assert 0 < distance["low"] < distance["value"] < distance["high"]
    assert "class-accuracy" not in dense  # the dense model takes no labels
    assert "8x8" in results["lightweight"]["problem"]
    grid = Image.open(tmp_path / "out" / "dense" / "grid.png").convert("RGB")
    sheet = Image.open(tmp_path / "out" / "grids.png")
    left, top = (big - small for big, small in zip(sheet.size, grid.size, strict=True))
    assert any(  # the one grid, somewhere below its name
        ImageChops.difference(sheet.crop((x, y, x + grid.width, y + grid.height)), grid).getbbox() is None
        for x in range(left + 1)
        for y in range(top + 1)
    )
    table = (tmp_path / "out" / "table.md").read_text()
    assert table in first.output
    assert [line.split("|")[1].strip() for line in table.splitlines()[-2:]] == ["dense", "lightweight"]

    written = (tmp_path / "out" / "dense" / "trial.json").stat().st_mtime_ns
    assert zoo("--seconds", 1).exit_code == 0
    assert (tmp_path / "out" / "dense" / "trial.json").stat().st_mtime_ns == written
    other = zoo("--seconds", 2)
    assert other.exit_code == 1
    assert "other settings" in other.output


@pytest.mark.slow
def test_a_race_ends_where_both_marks_are_passed_and_goes_on_where_it_was(
    race: Callable[..., Result], tmp_path: Path
) -> None:
    options = ("--seeds", 1, "--every", 320, "--accuracy", 1.01, "--distance", 1e9)
    result = race(*options, "--limit", 0.01)
    assert result.exit_code == 0, result.output
    folder = tmp_path / "out" / "narrow-seed0"
    first = trial(folder)["result"]["curve"]
    assert [point["step"] for point in first] == [10 * (index + 1) for index in range(len(first))]
    assert all(0 <= point["class-accuracy"] <= 1 for point in first)
    seconds = [point["seconds"] for point in first]
    assert seconds == sorted(seconds)
    assert seconds[-1] >= 0.6
    assert [point["processor-seconds"] > 0 for point in first] == [True] * len(first)
    row = (tmp_path / "out" / "table.md").read_text().splitlines()[-1]
    assert row.startswith("| narrow | not (not) | 0.0 (0.0) |")

    # As if the process had been ended before it could say its result, and had had more time.
    kept = trial(folder)
    kept["trial"]["ends"]["seconds"] = first[-1]["seconds"] + 0.5
    (folder / "trial.json").write_text(json.dumps(kept | {"result": None}))
    again = race(*options, "--limit", kept["trial"]["ends"]["seconds"] / 60)
    assert again.exit_code == 0, again.output
    second = trial(folder)["result"]["curve"]
    assert second[: len(first)] == first
    assert len(second) > len(first)


def test_a_race_that_is_won_as_its_time_runs_out_is_stopped_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from zoo_training.stopping import Stopper

    sent: list[int] = []
    monkeypatch.setattr(signal, "getsignal", lambda _: "a handler")
    monkeypatch.setattr(signal, "raise_signal", sent.append)
    stopper = Stopper()
    stopper.stop()
    stopper.stop()  # a second Ctrl-C would end the process, and the first waits for the step under way
    assert sent == [signal.SIGINT]
    assert stopper.was_called


def test_an_unconditional_model_can_not_race(race: Callable[..., Result], tmp_path: Path) -> None:
    (tmp_path / "contenders.toml").write_text("[dcgan]\n")
    result = race("--seeds", 1)
    assert result.exit_code == 1
    assert "dcgan takes no labels" in result.output


def test_the_first_judgement_that_passes_counts() -> None:
    import race

    points = [(10.0, 0.5, 90.0), (20.0, 0.81, 41.0), (30.0, 0.79, 39.0), (40.0, 0.9, 30.0)]
    result = {
        "curve": [
            {"seconds": seconds, "class-accuracy": accuracy, "frechet-distance": distance}
            for seconds, accuracy, distance in points
        ]
    }
    assert race.seconds_to(result, "class-accuracy", 0.8) == 20.0
    assert race.seconds_to(result, "frechet-distance", 40.0) == 30.0
    assert race.seconds_to(result, "class-accuracy", 0.95) == math.inf
    assert race.seconds_to({"problem": "no memory"}, "class-accuracy", 0.1) == math.inf


def test_a_median_counts_who_never_arrives() -> None:
    import race

    assert race.summary([60.0, math.inf, 120.0]) == "2.0 (1.0, not, 2.0)"
    assert race.summary([60.0, math.inf, math.inf]) == "not (1.0, not, not)"


def test_contenders_are_read_as_a_training_would_take_them(tmp_path: Path) -> None:
    from zoo_training.contenders import choose

    (tmp_path / "some.toml").write_text(CONTENDERS)
    dense, lightweight = choose(tmp_path / "some.toml", ())
    assert dense.settings == {"model.name": "gan", "model.hidden": [16], "training.batch_size": 32}
    assert lightweight.settings == {"model.name": "lightweight", "training.batch_size": 8}
    assert [c.name for c in choose(tmp_path / "some.toml", ["dense"])] == ["dense"]
    assert {"gan", "dcgan", "cgan"} <= {contender.name for contender in choose(None, ())}
    with pytest.raises(UsageError, match=r"'dens'.*dense"):
        choose(tmp_path / "some.toml", ["dens"])
    (tmp_path / "wrong.toml").write_text("dense = 3\n")
    with pytest.raises(UsageError, match="not a table of sections"):
        choose(tmp_path / "wrong.toml", ())


@pytest.mark.parametrize("name", ["race.toml", "pairing.toml", "zoo_small.toml"])
def test_the_contenders_that_come_with_the_scripts_can_be_trained(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from zoo_training.contenders import choose

    monkeypatch.chdir(BENCHMARKS.parent)  # contenders name files from the root of the repository
    for contender in choose(BENCHMARKS / name, ()):
        resolve({**contender.settings, "dataset.name": "digits"})
