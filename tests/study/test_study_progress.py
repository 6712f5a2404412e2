"""The line below a study at work: it counts what has ended and the shares of what is under way."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from ganzoo.cli.status_line import fitted
from ganzoo.cli.study_progress import StudyLine, share_of
from ganzoo.runs.folder import Run
from ganzoo.study.axes import parse_axis
from ganzoo.study.budget import parse_budget
from ganzoo.study.design import Design
from ganzoo.study.folder import StudyDescription, StudyFolder
from ganzoo.study.queue import Queue


def write(run: Run, steps: int, seconds: float, ends: dict[str, dict[str, float]]) -> None:
    run.path.mkdir(parents=True, exist_ok=True)
    (run.path / "config.json").write_text(json.dumps(ends))
    run.metrics.write_text(
        json.dumps({"kind": "losses", "step": steps, "seconds": seconds, "processor_seconds": 2.5}) + "\n"
    )


def test_a_training_ends_with_its_steps_or_its_time(tmp_path: Path) -> None:
    run = Run(tmp_path / "run")
    assert share_of(run) == 0
    write(run, 50, 3.0, {"training": {"max_steps": 200}, "run": {}})
    assert share_of(run) == 0.25
    write(run, 50, 3.0, {"training": {"max_steps": 200}, "run": {"max_seconds": 6.0}})
    assert share_of(run) == 0.5
    write(run, 50, 3.0, {"training": {"max_steps": 200}, "run": {"max_processor_seconds": 4.0}})
    assert share_of(run) == 0.625


def test_the_line_says_how_far_the_study_is_and_fits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    folder = StudyFolder(tmp_path / "mine")
    folder.path.mkdir()
    design = Design(
        file={}, given={"model.name": "gan", "dataset.name": "digits"},
        axes=(parse_axis("objective=bce,hinge"),), seeds=2, budget=parse_budget(["steps=20"]),
        metrics=("frechet-distance",),
    )  # fmt: skip
    folder.write(StudyDescription(design=design, costs={}, command=("study",), environment={}))
    queue = Queue.begin(folder, design, "mine")
    queue.add(design.order())
    line = StudyLine(folder)
    assert fitted(line._columns(), 60) == ["0 of 4 trained", "0 s gone"]

    first = queue.claim()
    assert first is not None
    with first.lock:
        queue.finish(first, 1.0, None)
    second = queue.claim()
    assert second is not None
    with second.lock:
        write(folder.run(second.entry.name), 10, 1.0, {"training": {"max_steps": 20}})
        now = 130.0
        said = ["1 of 4 trained", f"now {second.entry.name}", "30 s gone", "about 50 s left"]
        assert fitted(line._columns(), 120) == said  # 1.5 trainings in 30 s, 2.5 to go
        assert fitted(line._columns(), 50) == [said[0], *said[2:]]
        assert fitted(line._columns(), 20) == said[3:]
