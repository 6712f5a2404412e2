"""One training at a time writes into a run folder; the lock dies with its process and hinders no reader."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import ganzoo
from ganzoo.errors import GanzooError, UsageError
from ganzoo.runs import lock

TRAIN = {"training.max_steps": 2, "training.batch_size": 16, "model.hidden": "4,4"}


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("runs") / "run"
    return ganzoo.train("gan", dataset="digits", settings=TRAIN, out=path).path


@pytest.fixture
def run(trained: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(trained, tmp_path / "run"))


def content(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {
        str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_a_run_that_is_trained_is_not_resumed_and_nothing_in_it_changes(run, ganzoo):
    with lock.held(run):
        before = content(run)
        result = ganzoo("train", "--resume", run, "--max-steps", 4)
        assert result.code == 2
        assert f"the run {run} is being trained by process {os.getpid()} on " in result.err
        assert "stop that training first" in result.err
        assert content(run) == before
    assert ganzoo("train", "--resume", run, "--max-steps", 4).code == 0


def test_the_lock_is_held_while_a_training_runs_and_leaves_nothing_behind(trained, tmp_path):
    class Second:
        """Tries to resume the run that tells it of its progress."""

        refusals = 0

        def started(self, start: object) -> None: ...
        def sampled(self, path: object) -> None: ...
        def warned(self, message: str) -> None: ...
        def progressed(self, metrics: object) -> None:
            with pytest.raises(UsageError, match="is being trained by process"):
                ganzoo.resume(tmp_path / "run")
            ganzoo.load(tmp_path / "run") if (tmp_path / "run/latest").exists() else None
            Second.refusals += 1

    settings = TRAIN | {"run.log_every": 1, "run.checkpoint_every": 1}
    run = ganzoo.train("gan", dataset="digits", settings=settings, out=tmp_path / "run", observer=Second())
    assert ganzoo.resume(run, settings={"training.max_steps": 3}, observer=Second()).path == run.path
    assert Second.refusals == 3
    assert not (run.path / lock.NAME).exists()
    assert not (trained / lock.NAME).exists()


def test_readers_and_copies_need_no_lock(run, ganzoo, tmp_path):
    with lock.held(run):
        assert ganzoo("sample", run, "--num", 1).code == 0
        shutil.copytree(run, tmp_path / "copy")
        assert (tmp_path / "copy" / lock.NAME).exists()
        assert ganzoo("train", "--resume", tmp_path / "copy", "--max-steps", 3).code == 0


HOLD = """
import signal, sys
from pathlib import Path
from ganzoo.runs import lock
with lock.held(Path(sys.argv[1])):
    print("held", flush=True)
    signal.pause()
"""


@pytest.mark.slow
def test_a_killed_process_holds_no_lock(run):
    command = [sys.executable, "-c", HOLD, str(run)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        with pytest.raises(UsageError, match=f"by process {process.pid} on "), lock.held(run):
            pass
        process.kill()
    assert (run / lock.NAME).exists()
    with lock.held(run):
        pass


@pytest.mark.parametrize("text", ["", "[]", "{", '{"process": 1}', "\x1b[2J"])
def test_a_lock_that_says_nothing_is_refused_all_the_same(run, text):
    with lock.held(run):
        (run / lock.NAME).write_text(text)
        with pytest.raises(UsageError, match="by another process\n"), lock.held(run):
            pass


def test_a_lock_that_its_holder_has_just_removed_is_taken_anew(run, monkeypatch):
    real, removed = fcntl.flock, []

    def remove_first(descriptor: int, how: int) -> None:
        if not removed:
            (run / lock.NAME).unlink()
            removed.append(True)
        real(descriptor, how)

    monkeypatch.setattr(fcntl, "flock", remove_first)
    with lock.held(run):
        assert (run / lock.NAME).exists()
        with pytest.raises(UsageError), lock.held(run):
            pass


def test_without_locks_on_the_disk_a_run_is_trained_without(run, monkeypatch):
    def refuse(_descriptor: int, _how: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with lock.held(run), lock.held(run):
        pass


@pytest.mark.parametrize("make", [lambda path, aim: path.symlink_to(aim), lambda path, _: os.mkfifo(path)])
def test_what_a_strangers_folder_has_in_its_place_is_neither_followed_nor_waited_for(run, tmp_path, make):
    (tmp_path / "diary.txt").write_text("mine")
    make(run / lock.NAME, tmp_path / "diary.txt")
    with pytest.raises(GanzooError, match=r"\.lock can't be written"), lock.held(run):
        pass
    assert (tmp_path / "diary.txt").read_text() == "mine"


def test_a_folder_that_cannot_be_written_is_said(tmp_path):
    with pytest.raises(GanzooError, match="can't be written"), lock.held(tmp_path / "absent"):
        pass
