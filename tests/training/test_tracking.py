"""Trackers: several are told the same, one that fails harms nobody, and none of them changes a number."""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

import ganzoo
from ganzoo.errors import DivergedError, GanzooError, UsageError
from ganzoo.interfaces import End, TrackedTraining, Tracker
from ganzoo.runs import checkpoints
from ganzoo.runs.folder import Run
from ganzoo.training.interruption import InterruptedTraining
from ganzoo.training.tracking import tracked

TOLD: list[tuple[Any, ...]] = []
"""What `Listener` was told."""


class Listener(Tracker):
    """Keeps what it is told."""

    ganzoo_api = 1

    def __init__(self, config: object) -> None: ...

    def started(self, run: TrackedTraining) -> None:
        TOLD.append(("started", run.folder.name, run.first_step, run.total_steps))

    def measured(self, step: int, images: int, figures: Mapping[str, float]) -> None:
        TOLD.append(("measured", step, images, sorted(figures)))

    def sampled(self, step: int, images: int, grid: Path) -> None:
        TOLD.append(("sampled", step, images, grid.name))

    def ended(self, how: End) -> None:
        TOLD.append(("ended", how))


class Hostile(Listener):
    """Does all that it must not, and fails in the end."""

    ganzoo_api = 1

    def measured(self, step: int, images: int, figures: Mapping[str, float]) -> None:
        random.seed(0), np.random.seed(0), torch.manual_seed(0)
        torch.set_default_dtype(torch.float64)
        torch.set_grad_enabled(False)
        torch.set_num_threads(torch.get_num_threads() + 1)
        print("noise")
        os.chdir("/")
        sys.stdout = sys.stderr = None
        figures.clear()  # type: ignore[attr-defined]
        if step > 1:
            raise RuntimeError("the network is gone")


class Watching:
    """Keeps the warnings."""

    def __init__(self) -> None:
        self.warnings: list[str] = []

    def started(self, start: object) -> None: ...
    def progressed(self, metrics: object) -> None: ...
    def sampled(self, path: object) -> None: ...

    def warned(self, message: str) -> None:
        self.warnings.append(message)


def train(out: Path, observer: Watching | None = None, **given: Any) -> Run:
    settings = {"training.max_steps": 3, "training.batch_size": 8, "model.channels": 3, "run.log_every": 1}
    return ganzoo.train(
        "dcgan", dataset="digits", settings=settings, out=out, observer=observer or Watching(), **given
    )


def test_a_training_is_the_same_whoever_follows_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    TOLD.clear()
    observer = Watching()
    monkeypatch.chdir(tmp_path)
    streams, threads = (sys.stdout, sys.stderr), torch.get_num_threads()

    alone = train(tmp_path / "alone")
    followed = train(Path("followed"), observer, tracker=[Hostile, Listener])

    one, other = (checkpoints.read_tensors(run.latest_checkpoint()) for run in (alone, followed))
    timed = {"meter.sums"}
    assert one.keys() == other.keys()
    assert [name for name in one if name not in timed and not torch.equal(one[name], other[name])] == []
    assert torch.get_default_dtype() is torch.float32
    assert torch.get_num_threads() == threads
    assert (sys.stdout, sys.stderr) == streams
    assert Path.cwd() == tmp_path.resolve()
    (warning,) = observer.warnings
    assert warning.startswith(
        "the tracker Hostile fails and is told no more; the run goes on: RuntimeError: "
    )
    assert "the network is gone" in warning
    assert Path(__file__).name in warning
    assert capsys.readouterr().out == ""
    listened = [event for event in TOLD if event[0] == "measured"]
    assert [(step, images) for _, step, images, _ in listened] == [(1, 8), (2, 16), (3, 24)]
    assert {"generator_loss", "discriminator_loss"} <= set(listened[0][3])
    assert TOLD[-1] == ("ended", "finished")
    assert TOLD.count(("ended", "finished")) == 1, "who has failed is told no more"
    assert ("sampled", 0, 0, "step-00000000.png") in TOLD
    metadata = checkpoints.read_metadata(followed.latest_checkpoint())
    assert "tracker" not in metadata["configuration"], "a shared checkpoint does not tell"

    TOLD.clear()
    ganzoo.resume(
        followed, settings={"training.max_steps": 4, "tracker.name": [Listener]}, observer=Watching()
    )
    assert TOLD[0] == ("started", "followed", 3, 4)
    assert [event[1] for event in TOLD if event[0] == "measured"] == [4]


def bound(make: Any) -> Any:
    return SimpleNamespace(plugin=SimpleNamespace(name="listener"), make=make)


def follow(error: BaseException | None, make: Any = lambda: Listener(None)) -> list[str]:
    """The warnings of a training that ends so."""
    TOLD.clear()
    warnings: list[str] = []
    with tracked([bound(make)], 8, torch.device("cpu"), warnings.append) as tracking:
        tracking.started(TrackedTraining(Path("run"), {}, 0, 4))
        if error is not None:
            raise error
    return warnings


@pytest.mark.parametrize(
    ("error", "how"),
    [
        (DivergedError("NaN"), "diverged"),
        (InterruptedTraining("stopped", 2), "stopped"),
        (KeyboardInterrupt(), "stopped"),
        (GanzooError("the disk is full"), "failed"),
        (ZeroDivisionError(), "failed"),
    ],
)
def test_a_tracker_is_told_how_it_ended(error: BaseException, how: str) -> None:
    with pytest.raises(type(error)):
        follow(error)

    assert TOLD[-1] == ("ended", how)


def test_one_that_can_not_be_made_is_left_out_and_one_that_refuses_refuses() -> None:
    def broken() -> Tracker:
        raise SystemExit(3)

    def refusing() -> Tracker:
        raise UsageError("install it with: pip install it")

    assert len(follow(None, broken)) == 1
    with pytest.raises(UsageError, match="install it with"):
        follow(None, refusing)


def test_evaluations_are_told_and_what_is_no_number_is_not() -> None:
    TOLD.clear()
    with tracked([bound(lambda: Listener(None))], 8, torch.device("cpu"), print) as tracking:
        tracking.measured({"kind": "losses", "step": 2, "generator_loss": 0.5, "diversity": None})
        figures = {"recall (classifier)": {"value": 0.5}, "precision (classifier)": {"value": None}}
        tracking.measured({"kind": "evaluation", "step": 2, "evaluation": figures})

    assert TOLD == [("measured", 2, 16, ["generator_loss"]), ("measured", 2, 16, ["recall (classifier)"])]
