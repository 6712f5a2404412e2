"""Files from strangers: every reader refuses them in words; and the attack notices a reader that does not."""

from __future__ import annotations

import logging
import os
import pickle
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ganzoo.errors import GanzooError

ROOT = Path(__file__).resolve().parents[2]

SUBJECTS = (
    "archives", "caches", "checkpoints", "configurations", "data_sets", "images", "installed", "packages",
    "pickles", "reports", "run_folders", "samples", "studies", "tables", "weights",
)  # fmt: skip

MUTANTS = 100


@pytest.fixture(autouse=True)
def soak(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.syspath_prepend(str(ROOT))
    monkeypatch.setenv("GANZOO_CACHE", str(tmp_path / "cache"))


def test_every_subject_is_attacked() -> None:
    from benchmarks.soak.hostile import SUBJECTS as ATTACKED

    assert sorted(ATTACKED) == list(SUBJECTS)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("subject", SUBJECTS)
def test_every_hostile_file_is_refused_in_words_or_read(
    subject: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    from benchmarks.soak.hostile import all_readers
    from benchmarks.soak.hostile_files.fuzzing import attack

    if subject == "tables":
        pytest.importorskip("pyarrow", reason="the extra hf is not installed")
    caplog.set_level(logging.CRITICAL, "ganzoo")
    readers = all_readers(tmp_path / "honest", [subject])
    tallies = [attack(reader, MUTANTS, 0, tmp_path / f"{n}") for n, reader in enumerate(readers)]

    assert {tally.reader: tally.faults for tally in tallies if tally.faults} == {}
    assert all(tally.cases >= MUTANTS for tally in tallies)


def content(path: Path) -> bytes:
    """What is in a small file; the pipes and devices that are tried as well have nothing."""
    return path.read_bytes() if path.is_file() and path.stat().st_size < 10_000 else b""


class Marks:
    """Unpickled, it runs a command."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, (":",)


def wait(path: Path) -> None:
    time.sleep(60)


def compute(path: Path) -> None:
    while True:
        pass


def fill(path: Path) -> None:
    bytearray(40_000_000)


def write(path: Path) -> None:
    path.with_suffix(".part").write_bytes(b"half")
    raise GanzooError("it is damaged")


def leave(path: Path) -> None:
    raise SystemExit(1)


def say_nothing(path: Path) -> None:
    raise GanzooError


@pytest.mark.parametrize(
    ("read", "fault"),
    [
        (lambda path: {}["a"], "KeyError at tests/trust/test_hostile_files.py"),
        (lambda path: pickle.loads(pickle.dumps(Marks())), "executed: os.system"),
        (wait, "of waiting"),
        (compute, "s of the processor"),
        (fill, "took more than 20 MB"),
        (write, "refused, but wrote a file"),
        (leave, "SystemExit"),
        (say_nothing, "refused without words"),
    ],
)
def test_a_planted_fault_is_noticed(read: Callable[[Path], object], fault: str, tmp_path: Path) -> None:
    from benchmarks.soak.hostile_files.fuzzing import Reader, attack
    from benchmarks.soak.hostile_files.trial import Limits

    # What computes may get little of a busy processor, and is not to be taken for what waits.
    limits = Limits(seconds=0.1, waiting=0.3 if read is wait else 60, memory=20_000_000)
    wrong = Reader(
        "wrong", lambda path: read(path) if content(path) == b"bad" else None, "file", {"honest": b"good"},
        lambda random: b"bad",
    )  # fmt: skip

    tally = attack(wrong, 1, 0, tmp_path / "attack", limits=limits)

    assert [found for found in tally.faults if fault in found], tally.faults
    assert [kept.read_bytes() for kept in (tmp_path / "attack" / "faults").iterdir()] == [b"bad"]


def test_a_reader_that_refuses_honest_files_can_not_be_attacked(tmp_path: Path) -> None:
    from benchmarks.soak.hostile_files.fuzzing import Reader, attack

    wrong = Reader("wrong", say_nothing, "file", {"honest": b"good"}, lambda random: b"bad")
    with pytest.raises(RuntimeError, match="the honest file honest is refused"):
        attack(wrong, 1, 0, tmp_path / "attack")


@pytest.mark.slow
def test_the_same_seed_gives_the_same_files_each_of_them_once(tmp_path: Path) -> None:
    from benchmarks.soak.hostile_files.drawing import one_of
    from benchmarks.soak.hostile_files.fuzzing import Reader, attack
    from benchmarks.soak.hostile_files.json_mutation import edited_json
    from benchmarks.soak.hostile_files.mutation import mutated

    honest = b'{"a": [1, 2, {"b": "text"}]}'

    def files(seed: int, place: str) -> list[bytes]:
        read: list[bytes] = []
        reader = Reader(
            "all", lambda path: read.append(content(path)), "file",
            {"honest": honest}, one_of(mutated([honest]), edited_json([honest])),
        )  # fmt: skip
        attack(reader, 200, seed, tmp_path / place)
        return read[-200:]

    mutants = files(0, "a")
    assert files(0, "b") == mutants
    assert files(1, "c") != mutants
    assert len({*mutants, honest}) == 201


def test_an_attack_ends_where_there_are_no_more_files(tmp_path: Path) -> None:
    from benchmarks.soak.hostile_files.fuzzing import Reader, attack

    few = Reader("few", content, "file", {"honest": b"0"}, lambda random: b"%d" % random.randrange(4))
    crafted = attack(few, 0, 0, tmp_path / "none").cases
    assert attack(few, 10_000, 0, tmp_path / "all").cases == crafted + 3
