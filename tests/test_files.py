"""Files that are whole or absent, on disks that fail and after processes that died."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ganzoo.cli.outputs import require_output
from ganzoo.drafts import remove_old_drafts
from ganzoo.errors import GanzooError, UsageError
from ganzoo.files import write_text
from ganzoo.folders import new_folder


@pytest.fixture
def broken_sync(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """A disk whose folders can't be synced, for the reason that the test gives."""
    real = os.fsync

    def fsync(descriptor: int) -> None:
        if Path(f"/proc/self/fd/{descriptor}").resolve().is_dir():
            raise OSError(request.param, os.strerror(request.param))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)


@pytest.mark.parametrize("broken_sync", [errno.EIO, errno.ENOSPC, errno.EDQUOT], indirect=True)
@pytest.mark.usefixtures("broken_sync")
def test_a_renaming_that_may_not_last_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(GanzooError, match=r"file can't be written: .*\n.*--out"):
        write_text(tmp_path / "file", "text")


@pytest.mark.parametrize("broken_sync", [errno.EINVAL, errno.ENOTSUP], indirect=True)
@pytest.mark.usefixtures("broken_sync")
def test_disks_that_sync_no_folders_are_written_to(tmp_path: Path) -> None:
    write_text(tmp_path / "file", "text")

    assert (tmp_path / "file").read_text() == "text"


def test_the_folder_that_one_is_in_is_not_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with (
        pytest.raises(UsageError, match=r"^\. can't be replaced .* --out$"),
        new_folder(Path(), kept="no"),
    ):
        pass
    for nameless in (".", "/"):
        with pytest.raises(UsageError, match="is a folder; name a file with --out"):
            write_text(Path(nameless), "text")
    assert list(tmp_path.iterdir()) == []


def test_the_new_folder_itself_is_synced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[str] = []
    monkeypatch.setattr(
        os, "fsync", lambda number: synced.append(str(Path(f"/proc/self/fd/{number}").resolve()))
    )

    with new_folder(tmp_path / "new", kept="nothing is overwritten"):
        pass

    assert synced == [str(tmp_path)]


def test_what_dead_processes_left_of_the_same_folder_is_removed_and_no_more(tmp_path: Path) -> None:
    """In a container the next process often has the number of the one that died."""
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    names = {"own": os.getpid(), "dead": dead.pid, "living": os.getppid()}
    drafts = {who: tmp_path / f".new.{number}.tmp" for who, number in names.items()}
    for path in (*drafts.values(), tmp_path / ".other.1.tmp"):
        (path / "inside").mkdir(parents=True)

    with new_folder(tmp_path / "new", kept="nothing is overwritten"):
        pass

    assert sorted(tmp_path.iterdir()) == sorted(
        [tmp_path / "new", drafts["living"], tmp_path / ".other.1.tmp"]
    )


def test_what_dead_processes_left_of_the_same_file_is_removed_and_no_more(tmp_path: Path) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    ours = tmp_path / f".grid.png.{dead.pid}.tmp.png"
    others = [tmp_path / f".grid.png.{os.getppid()}.tmp.png", tmp_path / f".other.png.{dead.pid}.tmp.png"]
    for path in (ours, *others):
        path.write_bytes(b"half")

    require_output(tmp_path / "grid.png", force=False)

    assert sorted(tmp_path.iterdir()) == sorted(others)


def test_the_cache_forgets_drafts_that_nobody_writes_to(tmp_path: Path) -> None:
    names = {".abc-x.tmp": 2, ".abc.7.tmp.safetensors": 2, ".abc-y.tmp": 0, "abc.safetensors": 9}
    for name, days in names.items():
        (tmp_path / name).write_bytes(b"")
        os.utime(tmp_path / name, (time.time() - 86_400 * days,) * 2)

    remove_old_drafts(tmp_path)

    assert sorted(path.name for path in tmp_path.iterdir()) == [".abc-y.tmp", "abc.safetensors"]


def test_a_link_to_an_empty_folder_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "link").symlink_to("elsewhere")

    with new_folder(tmp_path / "link", kept="nothing is overwritten") as draft:
        (draft / "file").touch()

    assert (tmp_path / "link").is_symlink()
    assert [path.name for path in (tmp_path / "elsewhere").iterdir()] == ["file"]
