"""A file that a command writes is looked at before anything is computed, and never overwritten unasked."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from ganzoo.benchmark.measure import harness
from ganzoo.errors import UsageError
from ganzoo.files import write_text

COMMANDS = {
    "sample": (("sample", "no-run"), "a.png"),
    "export": (("export", "no-run", "--format", "onnx"), "a.onnx"),
    "report": (("report", "no-run"), "a.html"),
    "bench": (("bench", "gan"), "a.json"),
}
"""Commands that fail where they begin to compute anything: their runs are not there."""

BEGUN = "no-run does not exist"


@pytest.fixture(params=COMMANDS)
def command(request: Any, monkeypatch: pytest.MonkeyPatch) -> tuple[tuple[str, ...], str]:
    """A command, and the name of what it writes."""

    def measure(*_: Any, **__: Any) -> None:
        raise UsageError(BEGUN)

    monkeypatch.setattr(harness, "run", measure)
    return COMMANDS[request.param]


@pytest.mark.parametrize("command", ["export", "bench"], indirect=True)
def test_a_file_that_is_there_is_not_overwritten_unasked(
    command: tuple[tuple[str, ...], str], ganzoo: Any, tmp_path: Path
) -> None:
    words, name = command
    (tmp_path / name).write_bytes(b"hours of work")

    refused, forced = (ganzoo(*words, "--out", name, *force) for force in ((), ("--force",)))

    assert refused.code == 2
    assert f"{name} is there already" in refused.err
    assert "--force" in refused.err
    assert "no-run" in forced.err
    assert (tmp_path / name).read_bytes() == b"hours of work", "it is replaced by what is whole, at the end"


def test_what_can_not_be_written_is_said_before_anything_is_computed(
    command: tuple[tuple[str, ...], str], ganzoo: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words, name = command
    (tmp_path / "folder").mkdir()
    (tmp_path / "closed").mkdir()
    touch = Path.touch

    def refuse(path: Path, *arguments: Any, **settings: Any) -> None:  # to the superuser nothing is closed
        if path.parent.name == "closed":
            raise PermissionError(13, os.strerror(13), str(path))
        touch(path, *arguments, **settings)

    monkeypatch.setattr(Path, "touch", refuse)
    (tmp_path / "folder" / name).mkdir()

    for out, codes, reason in (
        (f"folder/{name}", {2}, "is a folder"),
        (f"nowhere/{name}", {1, 2}, "nowhere"),
        (f"closed/{name}", {1}, "Permission denied"),
    ):
        refused = ganzoo(*words, "--out", out)
        assert refused.code in codes
        assert refused.out == ""
        assert reason in refused.err
    assert "get the right to write there" in refused.err
    assert "free some space" not in refused.err
    assert list((tmp_path / "closed").iterdir()) == []


def test_a_full_disk_wants_space(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(Path, "write_text", refuse)
    with pytest.raises(Exception, match="free some space, or choose another place with --out"):
        write_text(tmp_path / "file", "text")


def test_a_model_card_that_is_there_is_not_overwritten_unasked(ganzoo: Any, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run/config.json").write_text("{}")
    (tmp_path / "run/README.md").write_text("my own words")

    refused = ganzoo("export", "run", "--format", "card")

    assert refused.code == 2
    assert "add --force" in refused.err
    assert "--out" not in refused.err
    assert (tmp_path / "run/README.md").read_text() == "my own words"
