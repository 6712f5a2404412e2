"""Tables as commands print them: whole in a pipe, fitted to a terminal."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import click
import pytest

from ganzoo.cli.output import print_labelled, print_listing, print_table, print_text
from ganzoo.tables import Field, table

LONG = "several words that do not fit beside the others [bold]:smile:[/bold] " * 3

FIELDS = (
    Field[int](name="name", heading="name", value=lambda number: f"row {number}"),
    Field[int](name="number", heading="number", value=lambda number: number),
    Field[int](name="more", heading="more", value=lambda number: 10 * number),
    Field[int](name="words", heading="words", value=lambda _: LONG),
    Field[int](name="fixed", heading="fixed", value=lambda _: "a", condition=True),
)


def use_terminal(monkeypatch: pytest.MonkeyPatch, columns: int = 60) -> None:
    """Makes standard output a terminal so wide."""
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("TERM", "xterm")


def lines(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return [line.rstrip() for line in click.unstyle(capsys.readouterr().out).splitlines()]


def test_a_pipe_gets_whole_lines(capsys: pytest.CaptureFixture[str]) -> None:
    assert print_table(table(FIELDS, [1_000_000]), indent=2, dispensable=["number"])

    shown = lines(capsys)
    assert shown[:2] == ["all rows: fixed a", ""]
    assert shown[2].split() == ["name", "number", "more", "words"]
    assert shown[3] == f"  row 1000000  1,000,000  10,000,000  {LONG}".rstrip()


def test_a_terminal_gets_folded_words_and_whole_numbers(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    use_terminal(monkeypatch)

    assert print_table(table(FIELDS, [1_000_000]))

    shown = lines(capsys)
    assert shown[0] == "fixed a"
    assert max(map(len, shown)) <= 60
    assert "1,000,000   10,000,000" in shown[4]
    words = " ".join(line[-20:] for line in shown[4:])
    assert words.count("smile") == 3
    assert "[bold]" in "".join(words.split())


def test_a_narrow_terminal_goes_without_what_is_dispensable(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    use_terminal(monkeypatch)

    assert not print_table(table(FIELDS, [1_000_000]), dispensable=["more", "number"])

    shown = lines(capsys)
    assert shown[2].split() == ["name", "words"]


def test_numbers_are_whole_where_nothing_fits(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    use_terminal(monkeypatch, 30)

    print_table(table(FIELDS, [1_000_000]))

    assert any("1,000,000  10,000,000" in line for line in lines(capsys))


def test_a_listing_is_folded_too(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    use_terminal(monkeypatch)

    print_listing([("name", "short", LONG), ("other", "", "-")])

    shown = lines(capsys)
    assert max(map(len, shown)) <= 60
    assert shown[0].startswith("  name   short  several words")
    assert shown[1].startswith(" " * 16)
    assert shown[-1] == "  other         -"


WORDS = "a few words of several lengths, a-hyphenated-one, distribution:name and 0.123-0.456"


@pytest.mark.parametrize("width", [40, 47, 60, 80, 100, 120, 200])
@pytest.mark.parametrize("has_headings", [True, False])
@pytest.mark.parametrize("numbers", [1, 4, 9])
@pytest.mark.parametrize("texts", [1, 3])
def test_no_word_and_no_number_is_ever_broken(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    width: int,
    has_headings: bool,
    numbers: int,
    texts: int,
) -> None:
    use_terminal(monkeypatch, width)
    fields = [
        Field[int](name=f"t{i}", heading=f"text {i}", value=lambda row, i=i: WORDS[(row * 7 + i) % 20 :])
        for i in range(texts)
    ]
    fields += [
        Field[int](name=f"n{i}", heading=f"number {i}", value=lambda row, i=i: 10**i + row)
        for i in range(numbers)
    ]
    made = replace(table(fields, range(3)), has_headings=has_headings)

    print_table(made, indent=2)

    shown = lines(capsys)
    assert max(map(len, shown)) <= width, "\n".join(shown)
    words = Counter(word.strip(",") for line in shown for word in line.split())
    expected = Counter(word for c in made.shown for text in c.texts for word in text.replace(",", "").split())
    assert not expected - Counter({word.replace(",", ""): n for word, n in words.items()}), "\n".join(shown)


def test_a_word_that_is_wider_than_the_terminal_stays_whole(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A path must be copied in one piece."""
    use_terminal(monkeypatch, 40)
    path = "/a/folder/that/lies/deep/below/many/others/and/has/a/name"

    print_listing([("where", path, "how it came there"), ("what", "a run", "")])

    assert path in "\n".join(lines(capsys))


def test_a_text_is_wrapped_below_where_it_begins(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    print_labelled("kernels", "ten words\tand more of them than the terminal has room for")
    assert lines(capsys) == ["kernels   ten words and more of them than the terminal has room for"]
    use_terminal(monkeypatch, 40)
    print_labelled("kernels", "ten words and more of them than the terminal has room for")
    print_text("Args:\n    image: of so many channels, rows and columns")
    assert lines(capsys) == [
        "kernels   ten words and more of them",
        "          than the terminal has room for",
        "Args:",
        "    image: of so many channels, rows and",
        "    columns",
    ]


def test_no_row_is_no_listing(capsys: pytest.CaptureFixture[str]) -> None:
    print_listing([])

    assert lines(capsys) == []


@pytest.mark.parametrize("command", [("list",), ("list", "--json")])
def test_a_full_disk_below_stdout_is_said(command: tuple[str, ...]) -> None:
    with Path("/dev/full").open("wb") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "ganzoo", *command], stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert ended.returncode == 1
    assert ended.stderr == "error: standard output can't be written: No space left on device\n"


@pytest.mark.slow
@pytest.mark.parametrize("redirection", ["2>&-", "2>/dev/full", "2> >(true)"])
def test_a_training_goes_on_where_nobody_reads_what_it_says(tmp_path: Path, redirection: str) -> None:
    training = (
        f"{sys.executable} -m ganzoo train gan --dataset digits --max-steps 40 --set model.hidden=8 "
        f"--set run.log_every=1 --out run {redirection}"
    )
    ended = subprocess.run(["bash", "-c", training], cwd=tmp_path, stdout=subprocess.PIPE, text=True)
    assert ended.returncode == 0
    assert (tmp_path / "run" / "latest").read_text(encoding="utf-8") == "step-00000040.safetensors\n"
    lines = (tmp_path / "run" / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["step"] for line in lines] == list(range(1, 41))
    assert ended.stdout == "run\n"
