"""Hostile studies: what stands in the folder of one, as `ganzoo study show` and `report` read it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from benchmarks.soak.hostile_files.drawing import Draw, mapped, one_of
from benchmarks.soak.hostile_files.fuzzing import Reader
from benchmarks.soak.hostile_files.json_mutation import as_json, edited, edited_json
from benchmarks.soak.hostile_files.mutation import mutated
from benchmarks.soak.hostile_files.special_files import Make, content, sparse
from ganzoo.study import tables
from ganzoo.study.axes import parse_axis
from ganzoo.study.budget import parse_budget
from ganzoo.study.design import Design
from ganzoo.study.folder import StudyDescription, StudyFolder
from ganzoo.study.page import make_page
from ganzoo.study.prediction import Cost
from ganzoo.study.queue import Queue
from ganzoo.study.summary import summarise

_FIGURES: Final = {
    f"{name} (classifier)": {"metric": name, "value": 12.5, "images": 100}
    for name in ("frechet-distance", "precision")
}


def readers(folder: Path) -> list[Reader]:
    """What reads studies."""
    study = _study(folder / "study").path

    def reader(name: str, file: str, read: Callable[[Path], object], lines: bool, **more: Any) -> Reader:
        seed = (study / file).read_bytes()
        edits = _lines(seed) if lines else edited_json([seed])
        return Reader(
            name, read, file, {"of a study": seed}, one_of(mutated([seed]), edits),
            prepare=lambda place: shutil.copytree(study, place, dirs_exist_ok=True), **more,
        )  # fmt: skip

    return [
        reader("study, design", "study.json", lambda path: _show(path.parent), False, crafted=_DESIGNS),
        reader("study, journal", "journal.log", lambda path: _show(path.parent), True, crafted=_JOURNALS),
        reader("study, settings", "variants/bce.json", lambda path: _show(path.parents[1]), False),
        reader(
            "study, metrics of a training", "trainings/bce-seed0/metrics.jsonl",
            lambda path: _show(path.parents[2]), True,
        ),
    ]  # fmt: skip


def _study(path: Path) -> StudyFolder:
    """A comparison of two variants, one training of each of which has ended."""
    study = StudyFolder(path)
    path.mkdir()
    design = Design(
        file={}, given={"model.name": "gan", "dataset.name": "digits", "training.batch_size": 50},
        axes=(parse_axis("objective=bce,hinge"),), seeds=2,
        budget=parse_budget(["steps=20", "until=frechet-distance<70"]), metrics=("frechet-distance",),
    )  # fmt: skip
    for variant in design.variants:
        study.write_configuration(variant.name, design.resolved(variant.values, {"run.evaluate_every": 10}))
    cost = Cost(
        step_seconds=0.25, evaluation_seconds=1.0, start_seconds=4.0, checkpoint_bytes=2**20, peak_bytes=2**28
    )
    study.write(
        StudyDescription(
            design=design,
            costs=dict.fromkeys(("bce", "hinge"), cost),
            command=("study", "gan", "--out", "mine"),
            environment={"processor": "a processor"},
        )
    )
    queue = Queue.begin(study, design, "mine")
    queue.add(design.order())
    for _ in range(3):
        claim = queue.claim()
        assert claim is not None
        with claim.lock:
            run = study.run(claim.entry.name)
            run.path.mkdir(parents=True)
            lines: list[Mapping[str, Any]] = [
                {"kind": "losses", "step": 20, "seconds": 5.0, "discriminator": 1.0, "generator": 0.5},
                {"kind": "evaluation", "step": 20, "evaluation": _FIGURES},
            ]
            run.metrics.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
            queue.finish(claim, 12.5, 2**28)
    return study


def _show(folder: Path) -> object:
    """All that is shown of a study."""
    summary = summarise(StudyFolder(folder))
    shown = [tables.variants(summary), tables.trainings(summary), tables.differences(summary)]
    texts = [column.texts for table in shown for column in table.shown]
    return texts, tables.progress(summary), json.dumps(summary.to_json()), make_page(summary)


def _lines(seed: bytes) -> Draw[bytes]:
    def joined(lines: Any) -> bytes:
        return b"".join(as_json(line) + b"\n" for line in (lines if isinstance(lines, list) else [lines]))

    return mapped(edited([[json.loads(line) for line in seed.splitlines()]]), joined)


_DESIGNS: Final[Mapping[str, Make]] = {
    "nested 100,000 deep": content(b"[" * 100_000),
    "4 MB of empty lists": content(b'{"schema": 1, "a": [' + b"[]," * 1_300_000 + b"1]}"),
}
_JOURNALS: Final[Mapping[str, Make]] = {
    "nested 100,000 deep": content(b"[" * 100_000 + b"\n"),
    "a line without an end": sparse(b'{"op_code": 1', 2**31),
    "a million line breaks": content(b"\n" * 1_000_000),
    "an operation that nobody knows": content(b'{"op_code": 99, "worker_id": "x"}\n'),
}
