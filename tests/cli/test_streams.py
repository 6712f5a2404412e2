"""Standard output that is closed or full, colours that nobody wants, and options typed from memory."""

from __future__ import annotations

import errno
import io
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ganzoo import scaffolding
from ganzoo.cli import COMMANDS
from ganzoo.cli.streams import between_words
from ganzoo.errors import near_matches

COLOUR = re.compile("\x1b\\[[0-9;]*m")


def shell(command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs `ganzoo` in a shell, which can close descriptors."""
    return subprocess.run(
        ["bash", "-c", command.replace("ganzoo", f"{sys.executable} -m ganzoo", 1)],
        capture_output=True, text=True, env=os.environ | environment, timeout=120,
    )  # fmt: skip


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is always full")
@pytest.mark.parametrize(
    "arguments",
    ["list", pytest.param("show dcgan --json", marks=pytest.mark.slow)]
    + [pytest.param(f"{name} --help", marks=pytest.mark.slow) for name in ("", *COMMANDS)],
)
def test_what_can_not_be_printed_is_said_in_words(arguments: str) -> None:
    for unbuffered in ("", "1"):
        full = shell(f"ganzoo {arguments} > /dev/full", PYTHONUNBUFFERED=unbuffered)
        assert full.returncode == 1
        assert full.stderr == "error: standard output can't be written: No space left on device\n"


@pytest.mark.slow
def test_a_closed_output_is_refused_before_anything_is_done(tmp_path: Path) -> None:
    closed = shell(f"ganzoo train gan --dataset digits --max-steps 1 --out {tmp_path}/run >&-")
    assert closed.returncode == 1
    assert closed.stderr.startswith("error: standard output is closed")
    assert "Traceback" not in closed.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            OSError(errno.ENOSPC, "No space left on device"),
            "a disk is full: No space left on device\nfree some",
        ),
        (
            FileNotFoundError(errno.ENOENT, "No usable temporary directory found in ['/tmp']"),
            "No usable temporary directory found in ['/tmp']\nset TMPDIR",
        ),
    ],
)
def test_a_disk_that_is_full_is_no_bug(
    error: OSError, said: str, ganzoo: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill_up(*given: object) -> None:
        raise error

    monkeypatch.setattr(scaffolding, "write", fill_up)
    result = ganzoo("new", "objective", "fresh")
    assert (result.code, result.err[: 7 + len(said)]) == (1, f"error: {said}")


@pytest.mark.slow
@pytest.mark.parametrize("ending", ["2>&-", "2>/dev/full"])
def test_an_error_that_nobody_can_read_keeps_its_exit_code(ending: str) -> None:
    result = shell(f"ganzoo nope {ending}")
    assert (result.returncode, result.stdout) == (2, "")
    assert shell(f"ganzoo list upsampling {ending}").stdout.startswith("upsampling")


@pytest.mark.parametrize("command", [("list",), ("show", "dcgan"), ("nope",), ("sample", "no-run")])
@pytest.mark.parametrize("environment", [{"NO_COLOR": "1"}, {"TERM": "dumb"}, {"NO_COLOR": ""}])
def test_colours_are_left_out_where_nobody_wants_them(
    ganzoo: Any, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...], environment: dict[str, str]
) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("click._compat.isatty", lambda stream: True)
    result = ganzoo(*command)
    is_coloured = bool(COLOUR.search(result.out + result.err))
    assert is_coloured == (environment == {"NO_COLOR": ""}), "an empty variable asks for nothing"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("train --lr 1", "Did you mean '--learning-rate'?"),
        ("train --label 3", "No such option '--label' here; ganzoo sample and ganzoo invert have it."),
        ("tune dcgan --image 3x8x8", "'--image' here; ganzoo show and ganzoo bench have it."),
        ("sample run --lable 3", "Did you mean '--label'?"),
        ("train --BatchSize 3", "Did you mean '--batch-size'?"),
        ("bench --batch 3", "Did you mean '--batch-size' or '--find-batch'?"),
        ("evaluate run --xyzzy", "No such option '--xyzzy'\n"),
        ("train gan --model.hidden=8", "Settings are given with --set: --set model.hidden=VALUE"),
        ("train gan --upsample resize-conv", "Did you mean '--upsampling'?"),
        ("train gan digits", "extra argument (digits). Did you mean --dataset digits?"),
        ("train gan --set model.hidden = 8", "Leave no spaces around '=': --set section.key=value"),
        ("env foo", "Got unexpected extra argument (foo)\n"),
        ("sample run --num 0", "'--num': 0 is not in the range: a whole number from 1\n"),
        ("sample run --seed -1", "'--seed': -1 is not in the range: a whole number from 0\n"),
        (
            "data .",
            "ganzoo data has no command '.'; did you mean ganzoo data show .\ncommands: prepare, show",
        ),
        ("data shwo", "did you mean 'show'?"),
        (
            "bench trcae x",
            "no command 'trcae'; did you mean 'trace'?\ncommands: show, compare, predict, trace",
        ),
        ("study wrok s", "study has no command 'wrok'; did you mean 'work'?\ncommands: work, status, show, "),
        ("study run s", "ganzoo study has no command 'run'; did you mean 'work'?"),
        ("study gan --dry-run", "No such option '--dry-run'. Did you mean '--plan'?"),
        ("train gan --plan", "Did you mean '--dry-run'?"),
        ("study status s --format csv", "No such option '--format' here; ganzoo study show has it."),
    ],
)
def test_an_option_that_is_near_or_elsewhere_is_named(ganzoo: Any, arguments: str, said: str) -> None:
    result = ganzoo(*arguments.split())
    assert result.code == 2
    assert said in result.err
    assert "'--help'?" not in result.err


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("DCGAN", "dcgan"), ("CIFAR10", "cifar10"), ("cifar-10", "cifar10"), ("Fashion MNIST", "fashion-mnist"),
     ("sngan_projection", "sngan-projection"), ("latent_dmi", "latent_dim")],
)  # fmt: skip
def test_case_and_punctuation_hide_no_name(typed: str, meant: str) -> None:
    names = ["dcgan", "cifar10", "fashion-mnist", "mnist", "sngan-projection", "latent_dim"]
    assert near_matches(typed, names).startswith(f"; did you mean {meant!r}")


def test_what_is_like_nothing_suggests_nothing() -> None:
    assert near_matches("???", ["dcgan", "--"]) == ""


class Terminal(io.StringIO):
    """A terminal, as far as a stream tells."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("width", [40, 60, 80, 120, 200])
def test_what_is_said_on_a_terminal_is_wrapped_between_words_and_commands_stay_whole(
    monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    sentence = "allowed in training: " + ", ".join(f"training.a_long_name_{number}" for number in range(9))
    command = "to go on with it: ganzoo train --resume runs/a-run-with-a-long-name --max-steps 110"

    *lines, last = between_words(f"{sentence}\n{command}", Terminal()).split("\n")

    assert " ".join(lines) == sentence
    assert all(len(line) <= width for line in lines)
    assert last == command
    assert between_words(sentence, io.StringIO()) == sentence
