"""A training's speed is known from its second step on; grids come by time as well, and change no number."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import torch

import ganzoo
from ganzoo.runs import checkpoints
from ganzoo.training.interruption import InterruptedTraining
from ganzoo.training.pace import GridTimes, Pace, grids_by_time

SETTINGS = {
    "model.channels": 2, "training.max_steps": 6, "training.batch_size": 8, "training.precision": "fp32",
    "run.device": "cpu",
}  # fmt: skip


class Clock:
    """Seconds that a test lets pass."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def paced(seconds: float, steps: int, total: int = 1000, first: int = 0) -> tuple[Pace, Clock]:
    """A pace after so many steps of so many seconds."""
    clock = Clock()
    pace = Pace(first, total, clock=clock)
    for step in range(first + 1, first + steps + 1):
        clock.now += seconds
        pace.tick(step)
    return pace, clock


@pytest.mark.parametrize("seconds", [0.001, 1.6, 80.0, 4000.0])
def test_the_second_step_tells_how_long_the_rest_takes_however_slow_it_is(seconds: float) -> None:
    assert paced(seconds, 1)[0].seconds_left is None
    pace, clock = paced(seconds, 2)
    assert pace.seconds_left == pytest.approx(998 * seconds)
    clock.now += seconds / 2
    assert pace.seconds_left == pytest.approx(997.5 * seconds), "it is counted down while a step is under way"


def test_a_resumed_training_counts_its_own_steps_alone() -> None:
    pace, _clock = paced(2.0, 3, total=100, first=90)
    assert (pace.seconds_left, pace.seconds) == (pytest.approx(7 * 2.0), pytest.approx(6.0))


def test_the_first_step_which_warms_up_does_not_count() -> None:
    clock = Clock()
    pace = Pace(0, 10, clock=clock)
    for step, seconds in enumerate((60.0, 1.0, 1.0), start=1):
        clock.now += seconds
        pace.tick(step)
    assert pace.seconds_per_step == pytest.approx(1.0)


def test_a_change_of_speed_is_followed_within_minutes() -> None:
    pace, clock = paced(1.0, 1000, total=10_000)
    for step in range(1001, 1201):
        clock.now += 3.0
        pace.tick(step)
    assert pace.seconds_per_step == pytest.approx(3.0, rel=0.05)


def test_followers_are_told_from_the_second_step_on_and_not_at_every_one() -> None:
    told: list[int] = []
    waited: list[None] = []
    clock = Clock()
    pace = Pace(0, 1000, lambda: waited.append(None), clock)
    pace.follow(lambda: told.append(pace.step))
    for step in range(1, 301):
        clock.now += 0.01
        pace.tick(step)
    assert told[0] == 2
    assert len(told) == 3, "about one a second"
    assert len(waited) == len(told) + 1, "the device is waited for no more often than that"


def test_grids_by_time_come_at_growing_intervals() -> None:
    times, drawn = GridTimes(0.0), []
    for second in range(100_000):
        if times.is_due(second):
            times.drawn(second)
            drawn.append(second)
    assert drawn[:4] == [20, 40, 80, 160]
    assert len(drawn) == 13
    assert grids_by_time(100_000) == 13
    assert [grids_by_time(seconds) for seconds in (0, 20, 21, 40, 41, 100)] == [0, 0, 1, 1, 2, 3]


def test_grids_by_time_keep_away_from_others() -> None:
    times = GridTimes(0.0)
    times.drawn(15.0)
    assert not times.is_due(34.0)
    assert times.is_due(35.0)


class Acting:
    """Does something with each line of metrics."""

    def __init__(self, act: Callable[[], object] = lambda: None) -> None:
        self._act = act

    def started(self, start: Any) -> None: ...

    def progressed(self, metrics: Mapping[str, Any]) -> None:
        self._act()

    def sampled(self, path: Path) -> None: ...

    def warned(self, message: str) -> None: ...


def train(out: Path, observer: Acting, **settings: Any) -> ganzoo.Run:
    given = SETTINGS | {key.replace("__", "."): value for key, value in settings.items()}
    return ganzoo.train("dcgan", dataset="digits", settings=given, out=out, observer=observer)


def grids(run: Path) -> list[str]:
    return sorted(path.name for path in (run / "samples").glob("step-*.png"))


def test_grids_by_time_change_no_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What differs is when a grid is drawn, and whether: never what the training computes."""
    monkeypatch.setattr(GridTimes, "is_due", lambda self, seconds: True)
    often = train(tmp_path / "often", Acting())
    monkeypatch.setattr(GridTimes, "is_due", lambda self, seconds: False)
    seldom = train(tmp_path / "seldom", Acting())

    assert len(grids(often.path)) == 7
    assert grids(seldom.path) == ["step-00000000.png", "step-00000006.png"]
    one, other = (checkpoints.read_tensors(run.checkpoint_path(6)) for run in (often, seldom))
    assert [name for name in one if not torch.equal(one[name], other[name])] == []


def test_where_a_number_of_steps_is_set_no_grid_comes_by_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(GridTimes, "is_due", lambda self, seconds: True)
    run = train(tmp_path / "run", Acting(), run__sample_every=3)
    assert grids(run.path) == [f"step-0000000{step}.png" for step in (0, 3, 6)]


def test_an_interrupted_training_leaves_a_grid_of_where_it_is(tmp_path: Path) -> None:
    interrupt = Acting(lambda: os.kill(os.getpid(), signal.SIGINT))
    with pytest.raises(InterruptedTraining):
        train(tmp_path / "run", interrupt, run__log_every=2)
    assert grids(tmp_path / "run") == ["step-00000000.png", "step-00000002.png"]
    assert (tmp_path / "run" / "samples" / "strip.png").is_file()

    resumed = ganzoo.resume(tmp_path / "run", observer=Acting())

    straight = train(tmp_path / "straight", Acting(), run__log_every=2)
    one, other = (checkpoints.read_tensors(run.checkpoint_path(6)) for run in (resumed, straight))
    assert [name for name in one if not torch.equal(one[name], other[name])] == []
