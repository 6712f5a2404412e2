"""The worker: what is a result of a training, what is a fault of the place, and what is left behind."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from ganzoo.errors import GanzooError
from ganzoo.study import processes
from ganzoo.study.axes import parse_axis
from ganzoo.study.budget import Budget
from ganzoo.study.design import Design
from ganzoo.study.folder import StudyDescription, StudyFolder
from ganzoo.study.queue import Queue
from ganzoo.study.worker import work

DESIGN = Design(
    file={}, given={"model.name": "gan", "dataset.name": "digits"}, seeds=1,
    axes=(parse_axis("objective=bce,hinge"),), budget=Budget("steps", 5), metrics=("frechet-distance",),
)  # fmt: skip


@pytest.fixture
def study(tmp_path: Path) -> StudyFolder:
    """Two trainings that wait."""
    folder = StudyFolder(tmp_path / "study")
    folder.path.mkdir()
    for variant in DESIGN.variants:
        folder.write_configuration(variant.name, DESIGN.resolved(variant.values, {"run.evaluate_every": 1}))
    folder.write(StudyDescription(design=DESIGN, costs={}, command=("study",), environment={}))
    Queue.begin(folder, DESIGN, "s").add(DESIGN.order())
    return folder


@pytest.fixture
def ending(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, str]]:
    """How the next trainings end, code and last words; each lasts no time."""
    endings: list[tuple[int, str]] = []

    def start(_: Any, log: Path, *rest: Any) -> int:
        code, said = endings.pop(0)
        log.parent.mkdir(exist_ok=True)
        log.write_text(f"error: {said}\n", encoding="utf-8")
        return code

    monkeypatch.setattr(processes, "start", start)
    monkeypatch.setattr(processes, "wait", lambda code, look=None: processes.Ended(code, 1.0, 2**20))
    monkeypatch.setattr(processes, "stop", lambda code: None)
    return endings


def states(folder: StudyFolder) -> list[tuple[str, str | None]]:
    return [(entry.state, entry.problem) for entry in Queue(folder, DESIGN).entries()]


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (1, f"step-5.safetensors can't be written: {os.strerror(errno.ENOSPC)}\nfree some space"),
        (1, f"metrics.jsonl can't be written: {os.strerror(errno.EDQUOT)}"),
        (1, f"metrics.jsonl can't be written: {os.strerror(errno.EROFS)}"),
        (2, "the data set folder isn't there: /data"),
        (3, "the plugin could not be loaded"),
    ],
)
def test_what_the_place_lacks_is_no_result(
    code: int, said: str, study: StudyFolder, ending: list[tuple[int, str]]
) -> None:
    ending += [(code, said)]
    name = f"{DESIGN.order()[0][0].name}-seed0"
    with pytest.raises(
        GanzooError, match=f"{name} can't be trained here: .*\n.*go on with ganzoo study work"
    ):
        work(study, 1, (), lambda _: None)
    assert states(study) == [("running", None), ("waiting", None)]

    ending += [(4, "a loss is NaN"), (1, "the tensor is too large")]  # both are
    work(study, 1, (), lambda _: None)
    assert states(study) == [
        ("failed", "diverged: a loss is NaN"), ("failed", "failed: the tensor is too large"),
    ]  # fmt: skip


@pytest.mark.skipif(sys.platform == "win32", reason="has no such signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
def test_a_training_that_somebody_has_killed_goes_on(
    number: signal.Signals, study: StudyFolder, ending: list[tuple[int, str]]
) -> None:
    told: list[str] = []
    ending += [(-number, ""), (4, "a loss is NaN"), (4, "a loss is NaN")]
    work(study, 1, (), told.append)
    assert "its process was killed, and goes on from its last checkpoint" in told[0]
    assert [state for state, _ in states(study)] == ["failed", "failed"]


def test_there_are_no_more_workers_than_trainings(
    study: StudyFolder, ending: list[tuple[int, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    crews: list[int] = []

    def pool(workers: int) -> ThreadPoolExecutor:
        crews.append(workers)
        return ThreadPoolExecutor(workers)

    monkeypatch.setattr("ganzoo.study.worker.ThreadPoolExecutor", pool)
    ending += [(4, "a loss is NaN")] * 2
    work(study, 10_000, (), lambda _: None)
    assert crews == [2]


@pytest.mark.skipif(sys.platform == "win32", reason="has no SIGTERM that can be caught")
def test_who_is_asked_to_stop_leaves_no_process_behind() -> None:
    def ask() -> None:
        signal.raise_signal(signal.SIGTERM)

    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(KeyboardInterrupt), processes.interruptible():
        processes.finish(process, ask)
    assert process.returncode == -signal.SIGKILL
    assert signal.getsignal(signal.SIGTERM) is before
