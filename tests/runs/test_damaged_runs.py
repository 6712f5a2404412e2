"""Run folders and checkpoints that were damaged or forged: refused in words, never with a traceback."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch

from ganzoo.errors import GanzooError
from ganzoo.runs import checkpoints
from ganzoo.runs.description import step_of
from ganzoo.runs.folder import Run
from ganzoo.settings.configuration import flatten

NESTED = "[" * 100_000


@pytest.fixture
def run(tmp_path: Path) -> Run:
    shutil.copytree(Path(__file__).parent / "before_0_1_0", tmp_path / "run")
    return Run(tmp_path / "run")


@pytest.mark.parametrize("name", ["latest", "best"])
@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"", b"\n", b"a\x00b"])
def test_a_pointer_that_is_no_name_is_damaged(run: Run, name: str, content: bytes) -> None:
    (run.path / name).write_bytes(content)

    with pytest.raises(GanzooError, match=rf"{name} is damaged"):
        run.latest_checkpoint() if name == "latest" else run.best_checkpoint()


@pytest.mark.parametrize(
    "line",
    [
        "[1]",
        "3",
        "null",
        '"step"',
        NESTED,
        '{"a": [' + "[]," * 400_000 + "1]}",
        '[["step", 1], ["discriminator_loss", 1]]',
    ],
)
def test_a_line_that_is_no_object_is_damaged(run: Run, line: str) -> None:
    with run.metrics.open("a", encoding="utf-8") as file:
        file.write(line + "\n" + '{"kind": "losses", "step": 5}\n')

    with pytest.raises(GanzooError, match=r"metrics\.jsonl is damaged"):
        run.read_metrics()


def test_metrics_that_are_no_text_are_damaged(run: Run) -> None:
    run.metrics.write_bytes(b"\xff\xfe\n")

    with pytest.raises(GanzooError, match=r"metrics\.jsonl is damaged"):
        run.read_metrics()


@pytest.mark.parametrize("step", [None, "1", True, [1]])
def test_a_line_that_belongs_to_no_step_is_forgotten_by_a_resumed_run(run: Run, step: Any) -> None:
    before = run.read_metrics()
    with run.metrics.open("a", encoding="utf-8") as file:
        file.write(json.dumps({"kind": "losses", "step": step}) + '\n{"kind": "losses"}\n')

    run.rewind(4)

    assert run.read_metrics() == before


@pytest.mark.parametrize("key", ["ganzoo", "ganzoo.digests"])
@pytest.mark.parametrize("value", [NESTED, "[1]", "3", "{"])
def test_a_header_that_is_no_object_is_refused(tmp_path: Path, key: str, value: str) -> None:
    path = tmp_path / "x.safetensors"
    header = {"ganzoo": json.dumps({"schema": checkpoints.SCHEMA}), "ganzoo.digests": "{}", key: value}
    safetensors.torch.save_file({"a": torch.zeros(1)}, path, metadata=header)
    read: Callable[[Path], Any] = checkpoints.read_metadata if key == "ganzoo" else checkpoints.read_tensors

    with pytest.raises(GanzooError, match=r"damaged|not a GanZoo checkpoint"):
        read(path)


@pytest.mark.parametrize("command", ["sample", "evaluate", "report", "export", "resume"])
@pytest.mark.parametrize("damage", ["latest", "best", "metrics"])
def test_no_command_ends_in_a_traceback(
    ganzoo: Callable[..., Any], run: Run, command: str, damage: str
) -> None:
    content = {"latest": b"\xff", "best": b"\xff", "metrics": b"[1]\n"}[damage]
    (run.path / ("metrics.jsonl" if damage == "metrics" else damage)).write_bytes(content)
    (run.path / "samples").mkdir(exist_ok=True)
    arguments = {
        "sample": ("sample", run.path, "--num", 1, "--out", "x.png"),
        "evaluate": ("evaluate", run.path, "--num", 20),
        "report": ("report", run.path, "--out", "x.html"),
        "export": ("export", run.path, "--format", "safetensors", "--out", "x.safetensors"),
        "resume": ("train", "--resume", run.path, "--max-steps", 5),
    }[command]

    result = ganzoo(*arguments)

    assert result.code in (0, 1)
    assert "Traceback" not in result.err


@pytest.mark.parametrize(
    "line",
    [
        {"kind": "evaluation", "evaluation": 3},
        {"kind": "evaluation", "evaluation": {}},
        {"kind": "evaluation", "evaluation": {"fd": {"value": "low"}}},
        {"kind": "evaluation", "evaluation": {"fd": [1]}},
        {"kind": "evaluation"},
        {"kind": "warning"},
        {"kind": "warning", "warning": ["x"]},
        {"kind": ["losses"]},
        {"kind": "losses"},
        {"kind": "losses", "generator_gradient": "high", "discriminator_gradient": None},
    ],
)
def test_a_run_with_an_odd_line_is_shown_and_resumed_or_refused_in_words(
    ganzoo: Callable[..., Any], run: Run, line: dict[str, Any]
) -> None:
    (run.path / "samples").mkdir(exist_ok=True)
    run.append_metrics({"step": 4, **line})

    report = ganzoo("report", run.path, "--out", "x.html")
    resumed = ganzoo("train", "--resume", run.path, "--max-steps", 5)

    assert report.code == 0
    assert resumed.code == (1 if line["kind"] == "evaluation" else 0), resumed.err


@pytest.mark.parametrize(
    "change",
    [
        {"step": "x"},
        {"step": []},
        {"step": float("inf")},
        {"meter": None},
        {"meter": []},
        {"meter": {}},
        {"meter": {"steps": -1, "seconds": 1.0, "has_penalty": False}},
    ],
)
def test_a_checkpoint_without_what_a_run_needs_is_not_resumed(
    ganzoo: Callable[..., Any], run: Run, change: dict[str, Any]
) -> None:
    path = run.latest_checkpoint()
    metadata = {**checkpoints.read_metadata(path), "schema": checkpoints.SCHEMA, **change}
    checkpoints.write(path, checkpoints.read_tensors(path), metadata)
    (run.path / "samples").mkdir(exist_ok=True)

    result = ganzoo("train", "--resume", run.path, "--max-steps", 5)

    assert result.code == 1
    assert "lacks what a run needs" in result.err


@pytest.mark.parametrize("step", ["1", None, [], True, -1, 0.5, float("nan"), float("inf"), 2**63, 10**400])
def test_what_is_no_number_of_steps_is_refused(step: Any) -> None:
    with pytest.raises(ValueError, match=r"^has the step .*, not a whole number$"):
        step_of({"step": step})


def test_a_section_run_in_an_old_configuration_is_kept() -> None:
    tables = {"schema": 1, "training": {"device": "cpu", "log_every": 2}, "run": {"log_every": 3}}

    assert flatten(tables) == {"run.device": "cpu", "run.log_every": 3}


def test_a_card_is_not_written_of_a_checkpoint_whose_model_has_no_name(
    ganzoo: Callable[..., Any], run: Run
) -> None:
    path = run.latest_checkpoint()
    metadata = checkpoints.read_metadata(path)
    metadata["configuration"]["model"]["name"] = 3
    checkpoints.write(path, checkpoints.read_tensors(path), {**metadata, "schema": checkpoints.SCHEMA})

    result = ganzoo("export", run.path, "--format", "card")

    assert (result.code, "lacks what a card says" in result.err) == (1, True)


def test_a_damaged_grid_is_named_where_a_resumed_run_joins_them(ganzoo: Callable[..., Any], run: Run) -> None:
    run.samples.mkdir(exist_ok=True)
    (run.samples / "step-00000001.png").write_bytes(b"no picture")

    result = ganzoo("train", "--resume", run.path, "--max-steps", 5)

    assert result.code == 1
    assert "step-00000001.png can't be read as a sample grid" in result.err


@pytest.mark.parametrize("kind", ["pipe", "folder", "too large"])
def test_metrics_that_can_not_be_read_are_not_taken_for_none(run: Run, kind: str) -> None:
    run.metrics.unlink()
    if kind == "pipe":
        os.mkfifo(run.metrics)
    elif kind == "folder":
        run.metrics.mkdir()
    else:
        with run.metrics.open("wb") as file:
            file.truncate(2**31)

    with pytest.raises(GanzooError, match=r"metrics\.jsonl can't be read: "):
        run.rewind(4)
    assert run.metrics.exists()


@pytest.mark.parametrize("name", ["latest", "best"])
def test_a_pointer_that_is_a_pipe_is_damaged(run: Run, name: str) -> None:
    (run.path / name).unlink(missing_ok=True)
    os.mkfifo(run.path / name)

    with pytest.raises(GanzooError, match=rf"{name} is damaged"):
        run.latest_checkpoint() if name == "latest" else run.best_checkpoint()
