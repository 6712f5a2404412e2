"""Run folders on disks that fail: what can't be read is not taken for missing, and it is said in words."""

from __future__ import annotations

import errno
import io
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ganzoo.errors import GanzooError
from ganzoo.runs.folder import Run
from ganzoo.sampling.grids import strip


@pytest.fixture
def run(tmp_path: Path) -> Run:
    shutil.copytree(Path(__file__).parent / "before_0_1_0", tmp_path / "run")
    return Run(tmp_path / "run")


@pytest.fixture
def fail(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any, str, str], None]:
    """Makes a function of a module fail where its first argument is a file of this name."""

    def break_function(module: Any, function: str, name: str) -> None:
        real = getattr(module, function)

        def broken(path: Any, *arguments: Any, **options: Any) -> Any:
            if Path(path).name == name:
                raise OSError(errno.EIO, os.strerror(errno.EIO), str(path))
            return real(path, *arguments, **options)

        monkeypatch.setattr(module, function, broken)

    return break_function


def test_metrics_that_cannot_be_read_stay(run: Run, fail: Any) -> None:
    run.append_metrics({"kind": "losses", "step": 1})
    before = run.metrics.stat()
    fail(io, "open", "metrics.jsonl")

    with pytest.raises(GanzooError, match=r"metrics\.jsonl can't be read: Input/output error"):
        run.rewind(1)

    assert run.metrics.stat() == before


@pytest.mark.parametrize("name", ["latest", "best"])
def test_a_mark_that_cannot_be_read_is_not_as_if_there_were_none(run: Run, fail: Any, name: str) -> None:
    shutil.copy(run.path / "latest", run.path / "best")
    fail(io, "open", name)

    with pytest.raises(GanzooError, match=rf"{name} can't be read: Input/output error"):
        run.latest_checkpoint_if_any() if name == "latest" else run.best_checkpoint()


def test_a_checkpoint_that_cannot_be_deleted(run: Run, fail: Any) -> None:
    [newest] = run.checkpoints.iterdir()
    shutil.copy(newest, run.checkpoint_path(0))
    fail(os, "unlink", run.checkpoint_path(0).name)

    with pytest.raises(GanzooError, match=r"checkpoints can't be cleared: .*\n.*--resume"):
        run.discard_checkpoints(keep=1, keep_every=None)


@pytest.mark.parametrize("name", [".step-00000001.safetensors.7.tmp.safetensors", ".tmpNGfpfm"])
def test_what_a_kill_left_is_removed(run: Run, name: str) -> None:
    """safetensors writes to a hidden name of its own before it renames."""
    before = sorted(run.checkpoints.iterdir())
    (run.checkpoints / name).touch()

    run.rewind(4)

    assert sorted(run.checkpoints.iterdir()) == before


def test_a_copy_without_its_empty_folders_is_rewound(run: Run) -> None:
    """git and some archives keep no empty folder."""
    shutil.rmtree(run.samples, ignore_errors=True)

    run.rewind(4)

    assert run.latest_checkpoint().name == "step-00000004.safetensors"
    assert run.samples.is_dir()


def test_what_a_kill_left_cannot_be_deleted(run: Run, fail: Any) -> None:
    (run.checkpoints / ".step-00000001.safetensors.7.tmp.safetensors").touch()
    fail(os, "unlink", ".step-00000001.safetensors.7.tmp.safetensors")

    with pytest.raises(GanzooError, match=r"can't be cleared: .*\n.*--resume"):
        run.rewind(1)


def test_a_damaged_grid_is_named(tmp_path: Path) -> None:
    (tmp_path / "step-00000001.png").write_bytes(b"no picture")

    with pytest.raises(
        GanzooError, match=r"step-00000001\.png can't be read as a sample grid: .*\ndelete it"
    ):
        strip([tmp_path / "step-00000001.png"])


def test_a_disk_that_fails_anywhere_is_no_traceback(ganzoo: Any, run: Run, fail: Any) -> None:
    fail(os, "stat", "config.json")

    result = ganzoo("train", "--resume", run.path)

    assert result.code == 1
    assert result.err == f"error: {run.path / 'config.json'}: Input/output error\n"
