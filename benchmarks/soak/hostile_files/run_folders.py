"""Hostile run folders: metrics, configuration, environment, grids and marks, as pages read them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from benchmarks.soak.hostile_files.checkpoints import trained
from benchmarks.soak.hostile_files.drawing import Draw, mapped, one_of
from benchmarks.soak.hostile_files.fuzzing import Reader
from benchmarks.soak.hostile_files.images import bomb, honest_images
from benchmarks.soak.hostile_files.json_mutation import as_json, edited, edited_json
from benchmarks.soak.hostile_files.mutation import mutated
from benchmarks.soak.hostile_files.special_files import Make, content, sparse
from ganzoo.evaluation.request import make_request
from ganzoo.pages.report import curves, history, tables
from ganzoo.runs.folder import Run
from ganzoo.training.health import Watch

_STEPS: Final = {
    "model.hidden": [8], "model.latent_dim": 4, "training.max_steps": 6, "training.batch_size": 8,
    "run.log_every": 1,
}  # fmt: skip

_GRID: Final = "samples/step-00000003.png"

_FIGURES: Final = {
    name: {"value": 12.5, "low": 11.0, "high": 14.0, "standard_error": 0.7} for name in ("fd", "precision")
}


def readers(folder: Path) -> list[Reader]:
    """What reads run folders."""
    run = trained("gan", _STEPS, folder / "run")
    metrics = (run / "metrics.jsonl").read_bytes()
    metrics += (
        b'{"kind": "warning", "step": 5, "warning": "saturated-output", "message": "nearly every pixel"}\n'
    )
    metrics += json.dumps({"kind": "evaluation", "step": 6, "evaluation": _FIGURES}).encode() + b"\n"
    configuration, environment = (run / "config.json").read_bytes(), (run / "env.json").read_bytes()

    def reader(name: str, file: str, seed: bytes, read: Callable[[Path], object], **more: Any) -> Reader:
        mutants = more.pop("mutants", None) or one_of(mutated([seed]), edited_json([seed]))
        return Reader(name, read, file, {"of a run": seed}, mutants, prepare=_copier(run), **more)

    return [
        reader("run, metrics", "metrics.jsonl", metrics, _metrics, mutants=_lines(metrics), crafted=_METRICS),
        reader("run, configuration", "config.json", configuration, _configuration),
        reader("run, environment", "env.json", environment, lambda path: _page(path.parent)),
        reader("run, mark of the newest checkpoint", "latest", (run / "latest").read_bytes(),
               lambda path: Run(path.parent).latest_checkpoint(),
               mutants=mutated([(run / "latest").read_bytes()])),
        reader("run, sample grid", _GRID, honest_images()["PNG"],
               lambda path: _page(path.parent.parent), mutants=mutated([honest_images()["PNG"]]),
               crafted={"14,000 pixels a side": bomb(14_000), "5,600 pixels a side": bomb(5600)}),
    ]  # fmt: skip


def _copier(run: Path) -> Callable[[Path], object]:
    """Copies a run with one small grid: a page packs each grid anew, which is most of what it costs."""

    def copy(folder: Path) -> None:
        shutil.copytree(run, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("step-*.png"))
        (folder / _GRID).write_bytes(honest_images()["PNG"])

    return copy


def _page(run: Path) -> object:
    """What `ganzoo report` draws of what a run has recorded."""
    read = history.read(run, "run")
    tables.overview([read]), tables.settings([read]), tables.environment([read])
    tables.recorded_evaluations(read)
    return [(chart.to_json(), chart.summary) for chart in curves.draw([read])]


def _metrics(path: Path) -> object:
    """A page, and what a resumed run does with the lines before it."""
    lines = Run(path.parent).read_metrics()
    watch = Watch([line for line in lines if line["kind"] == "losses"], [])
    watch.add({"step": 100, "generator_gradient": 1.0, "discriminator_gradient": 1.0})
    return _page(path.parent)


def _configuration(path: Path) -> object:
    """A page, and the data set that an evaluation would take."""
    _page(path.parent)
    return make_request([path.parent])


def _lines(metrics: bytes) -> Draw[bytes]:
    """Changed bytes, and lines of which some are changed JSON."""
    parsed = [json.loads(line) for line in metrics.splitlines()]

    def joined(lines: list[Any]) -> bytes:
        return b"".join(as_json(line) + b"\n" for line in (lines if isinstance(lines, list) else [lines]))

    return one_of(mutated([metrics]), mapped(edited([parsed]), joined))


_METRICS: Final[Mapping[str, Make]] = {
    "a line nested 100,000 deep": content(b"[" * 100_000 + b"\n"),
    "a step of NaN": content(b'{"kind": "losses", "step": NaN}\n'),
    "steps of 10**400": content(b'{"kind": "losses", "step": 1' + b"0" * 400 + b"}\n"),
    "a number of 5,000 digits": content(b'{"kind": "losses", "step": 1' + b"0" * 5000 + b"}\n"),
    "100,000 metrics in a line": content(
        json.dumps({"step": 1, **{f"m{i}": 1 for i in range(100_000)}}).encode()
    ),
    "3 million empty lists": content(b'{"step": 1, "a": [' + b"[]," * 3_000_000 + b"1]}\n"),
    "a million line breaks": content(b"\n" * 1_000_000),
    "a line without an end": sparse(b'{"step": 1', 2**31),
    "control characters": content(
        b'{"kind": "warning", "step": 1, "message": "\\u001b[2J\\u0007", "warning": "\\r"}\n'
    ),
}
