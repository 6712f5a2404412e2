"""Studies of strangers, or edited by hand: what is wrong is said in words, and reading writes nothing."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ganzoo.errors import GanzooError, UsageError
from ganzoo.study import tables
from ganzoo.study.axes import parse_axis
from ganzoo.study.budget import parse_budget
from ganzoo.study.design import Design
from ganzoo.study.folder import StudyDescription, StudyFolder
from ganzoo.study.locks import try_lock
from ganzoo.study.page import make_page
from ganzoo.study.processes import reason, start
from ganzoo.study.queue import Queue
from ganzoo.study.summary import summarise


@pytest.fixture
def study(tmp_path: Path) -> StudyFolder:
    """Two trainings, of which one has ended."""
    folder = StudyFolder(tmp_path / "study")
    folder.path.mkdir()
    design = Design(
        file={}, given={"model.name": "gan", "dataset.name": "digits"}, seeds=1,
        axes=(parse_axis("objective=bce,hinge"),), budget=parse_budget(["steps=5"]),
        metrics=("frechet-distance",),
    )  # fmt: skip
    for variant in design.variants:
        folder.write_configuration(variant.name, design.resolved(variant.values, {"run.evaluate_every": 1}))
    folder.write(
        StudyDescription(
            design=design, costs={"bce": None, "hinge": None}, command=("study",), environment={}
        )
    )
    queue = Queue.begin(folder, design, "s")
    queue.add(design.order())
    claim = queue.claim()
    assert claim is not None
    with claim.lock:
        write_metrics(folder, claim.entry.name, {"frechet-distance": {"value": 12.5}})
        queue.finish(claim, 12.5, 2**20)
    return folder


def write_metrics(folder: StudyFolder, training: str, evaluation: Any, **line: Any) -> None:
    run = folder.run(training)
    run.path.mkdir(parents=True, exist_ok=True)
    lines = [
        {"kind": "losses", "step": 5, "seconds": 1.0, **line},
        {"kind": "evaluation", "step": 5, "evaluation": evaluation},
    ]
    run.metrics.write_text("".join(json.dumps(each) + "\n" for each in lines), encoding="utf-8")


def show(folder: StudyFolder) -> str:
    """All that is shown of a study, as text."""
    summary = summarise(folder)
    shown = [tables.variants(summary), tables.trainings(summary), tables.differences(summary)]
    texts = [column.texts for table in shown for column in table.shown]
    return f"{texts} {json.dumps(summary.to_json())} {make_page(summary)}"


def test_what_is_shown_is_not_written_to(study: StudyFolder) -> None:
    before = study.journal.read_bytes()
    assert "12.5" in show(study)
    assert study.journal.read_bytes() == before


@pytest.mark.parametrize(
    "edit",
    [
        lambda data: data + b"nonsense\n" + data,
        lambda data: data + b'{"op_code": 99, "worker_id": "x"}\n',
        lambda data: b"[" * 100_000 + b"\n" + data,
        lambda data: b"\xff\xfe" + data,
        lambda data: b"\n" + data,
        lambda data: data.replace(b'"peak_bytes":1048576', b'"peak_bytes": "many"'),
        lambda data: data.replace(b'"peak_bytes":1048576', b'"peak_bytes": ' + b"9" * 400),
        lambda data: data.replace(b'"variant":"', b'"variant":"../../'),
        lambda data: data.replace(b'"variant":"', b'"variant":"' + b"a" * 300),
    ],
)
def test_a_journal_that_is_none_is_said_to_be_damaged(
    edit: Callable[[bytes], bytes], study: StudyFolder
) -> None:
    edited = edit(study.journal.read_bytes())
    assert edited != study.journal.read_bytes(), "the edit has no place"
    study.journal.write_bytes(edited)
    with pytest.raises(GanzooError, match=r"journal\.log is damaged"):
        show(study)


def test_a_journal_that_is_no_file_is_refused(study: StudyFolder) -> None:
    for put in (os.mkfifo, Path.mkdir, lambda path: path.symlink_to("/dev/zero"), lambda p: p.symlink_to(p)):
        study.journal.unlink() if not study.journal.is_dir() else study.journal.rmdir()
        put(study.journal)
        with pytest.raises(GanzooError, match=r"journal\.log can't be used"):
            show(study)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("seeds", "two"), ("seeds", 0), ("seeds", 10**400), ("metrics", []), ("metrics", ["no-such"]),
        ("margin", None), ("margin", 10**400), ("margin", -1),
        ("axes", [{"key": "objective.name", "values": [1, 2]}]), ("axes", [None]),
        ("axes", [{"sets": {"a": 3}}]), ("axes", [{"sets": []}]), ("axes", [{"sets": {}}]),
        ("axes", [{"key": "training.learning_rate", "low": 1, "high": "x"}]), ("trials", "many"),
        ("budget", {"kind": "years", "amount": 1, "goal": None}), ("file", [1]),
        ("budget", {"kind": "steps", "amount": [], "goal": None}),
    ],
)  # fmt: skip
def test_a_design_that_is_none_is_said_to_be_damaged(key: str, value: Any, study: StudyFolder) -> None:
    path = study.path / "study.json"
    written = json.loads(path.read_text(encoding="utf-8"))
    written["design"][key] = value
    path.write_text(json.dumps(written), encoding="utf-8")
    with pytest.raises(GanzooError, match=r"study\.json is damaged"):
        show(study)


@pytest.mark.parametrize(
    ("evaluation", "line"),
    [
        ([], {}), ("x", {}), ({"frechet-distance": 3}, {}), ({"frechet-distance": {"value": "low"}}, {}),
        ({"frechet-distance": {"value": 10**400}}, {}),
        ({"frechet-distance": {"value": [], "metric": 3}}, {}),
        ({"frechet-distance": {"value": 1.0, "images": "many"}}, {}), ({}, {"seconds": "long"}),
        ({}, {"step": [5]}), ({}, {"step": "x"}), ({}, {"step": 10**400}),
    ],
)  # fmt: skip
def test_metrics_that_are_none_are_left_out(evaluation: Any, line: Any, study: StudyFolder) -> None:
    write_metrics(study, "bce-seed0", evaluation, **line)
    write_metrics(study, "hinge-seed0", evaluation, **line)
    show(study)


def test_settings_of_a_variant_that_lack_its_batch_are_damaged(study: StudyFolder) -> None:
    for path in (study.path / "variants").iterdir():
        written = json.loads(path.read_text(encoding="utf-8"))
        written["training"]["batch_size"] = "many"
        path.write_text(json.dumps(written), encoding="utf-8")
    with pytest.raises((GanzooError, UsageError), match="how many images a step takes"):
        show(study)


def test_escape_sequences_of_a_strangers_study_stay_in_it(study: StudyFolder) -> None:
    description = study.read()
    axis = replace(description.design.axes[0], values=("bce", "\x1b[2Jhinge"))
    study.write(replace(description, design=replace(description.design, axes=(axis,))))
    assert "\x1b" not in show(study)


def test_a_line_that_a_full_disk_has_cut_is_not_written_to(study: StudyFolder) -> None:
    whole = study.journal.read_bytes()
    study.journal.write_bytes(whole + whole.splitlines()[-1][:40])
    queue = Queue(study, study.read().design)
    claim = queue.claim()
    assert claim is not None
    with claim.lock:
        queue.finish(claim, 13.5, None)
    assert [entry.state for entry in Queue(study, study.read().design).entries()] == ["finished"] * 2
    assert study.journal.read_bytes().startswith(whole)


def test_a_journal_without_a_study_is_not_begun_anew(study: StudyFolder) -> None:
    study.journal.write_bytes(b"{")
    with pytest.raises(GanzooError, match=r"journal\.log is damaged: .*holds no study"):
        show(study)
    assert study.journal.read_bytes() == b"{"


@pytest.mark.parametrize("make", [lambda path, aim: path.symlink_to(aim), lambda path, _: os.mkfifo(path)])
def test_a_lock_or_a_log_elsewhere_is_neither_followed_nor_waited_for(
    make: Callable[[Path, Path], None], tmp_path: Path
) -> None:
    diary = tmp_path / "diary.txt"
    diary.write_text("mine")
    make(tmp_path / "lock", diary)
    with pytest.raises(GanzooError, match="lock can't be written"):
        try_lock(tmp_path / "lock")
    with pytest.raises(GanzooError, match="lock can't be written"):
        start(["--version"], tmp_path / "lock", 1)
    assert diary.read_text() == "mine"


def test_why_a_training_failed_is_read_from_the_end_of_its_log(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with log.open("wb") as file:
        file.truncate(20 * 2**30)
        file.seek(0, os.SEEK_END)
        file.write(b"\xff\nerror: the disk is full\n")
    assert reason(log) == "the disk is full"
    os.mkfifo(tmp_path / "pipe")
    assert reason(tmp_path / "pipe") == "it left no message"
