"""Output under every encoding: the nearest ASCII for what it lacks, and never an error."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ganzoo.cli import COMMANDS, main
from ganzoo.cli.encoding import nearest, show_everything

ENCODINGS = ["ascii", "latin-1", "cp1252", "cp437", "gbk", "cp932", "utf-8"]

NAME = "kernel_µs_\N{GRINNING FACE}_é_─█_ω"

RECORDING = {
    "traceEvents": [
        {"ph": "X", "cat": "kernel", "name": NAME, "ts": 5, "dur": 1, "pid": 0, "tid": 7},
        {"ph": "X", "cat": "user_annotation", "name": NAME, "ts": 4, "dur": 9, "pid": 1, "tid": 1},
    ]
}


class Streams:
    """Stands in for stdout and stderr of one encoding, as strict as Python makes them."""

    def __init__(self, encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self._encoding = encoding
        self._monkeypatch = monkeypatch

    def run(self, *arguments: object) -> str:
        """Runs a command and returns all it printed; fails where that is not of the encoding."""
        printed = io.BytesIO()
        for name in ("stdout", "stderr"):  # not before the test runs: pytest sets them itself until then
            stream = io.TextIOWrapper(printed, encoding=self._encoding, write_through=True)
            self._monkeypatch.setattr(sys, name, stream)
        with pytest.raises(SystemExit):
            main([str(argument) for argument in arguments])
        return printed.getvalue().decode(self._encoding)


@pytest.fixture(params=ENCODINGS)
def streams(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Streams:
    return Streams(request.param, monkeypatch)


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    path = tmp_path / "trace.json"
    path.write_text(json.dumps(RECORDING), encoding="utf-8")
    return path


def test_a_recording_is_shown(streams: Streams, recording: Path) -> None:
    shown = streams.run("bench", "trace", recording)

    assert "gaps up to 5 us" in shown or "gaps up to 5 µs" in shown
    assert "kernel_" in shown
    assert "verdict" in shown


def test_help_lists_and_errors_are_shown(streams: Streams) -> None:
    for command in COMMANDS:
        streams.run(command, "--help")
    streams.run("list")
    shown = streams.run("show", "\N{GRINNING FACE}é")

    assert "error:" in shown


@pytest.mark.parametrize(("encoding", "micro"), [("ascii", "us"), ("gbk", "us"), ("latin-1", "µs")])
def test_what_an_encoding_lacks_is_nearest_ascii(
    encoding: str, micro: str, recording: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = Streams(encoding, monkeypatch).run("bench", "trace", recording)

    assert f"gaps up to 5 {micro}" in shown
    assert f"kernel_{micro}_?_" in shown


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("µs", "us"),
        ("abc", "abc"),
        ("é ü ń ½ ² …", "e u n 12 2 ..."),
        ("─ │ ┌ ┼ █ ▌", "- | + + # #"),
        ("3 × 4 ± 1", "3 x 4 +- 1"),
        ("\N{GRINNING FACE}漢", "??"),
        ("e\u0301", "e"),
    ],
)
def test_nearest_ascii(text: str, expected: str) -> None:
    assert "".join(map(nearest, text)) == expected


def test_a_file_name_that_is_no_text_is_written_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    content = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(content, encoding="utf-8", write_through=True))
    show_everything()
    print(os.fsdecode(b"run-\xff/x"), "\ud800", end="")

    assert content.getvalue() == b"run-\xff/x ?"


@pytest.mark.slow
def test_a_training_reads_and_writes_utf_8_whatever_the_locale(tmp_path: Path) -> None:
    out, settings = tmp_path / "lauf-é-µ", tmp_path / "é.toml"
    settings.write_text('# é\n[model]\nname = "dcgan"\n[dataset]\nname = "digits"\n', encoding="utf-8")
    environment = os.environ | {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}

    def ganzoo(*arguments: object) -> None:
        command = [sys.executable, "-X", "warn_default_encoding", "-m", "ganzoo", *map(str, arguments)]
        ended = subprocess.run(command, capture_output=True, env=environment, check=False)
        complaint = ended.stderr.decode("utf-8", "replace")
        assert ended.returncode == 0, complaint
        assert "Traceback" not in complaint
        assert not [line for line in complaint.splitlines() if "EncodingWarning" in line and "ganzoo" in line]

    ganzoo("train", "--config", settings, "--max-steps", 1, "--batch-size", 8, "--out", out)
    ganzoo("sample", out, "--num", 4, "--out", tmp_path / "µ.png")
    ganzoo("show", "dcgan")
    ganzoo("report", out, "--out", tmp_path / "é.html")

    assert (tmp_path / "é.html").exists()
