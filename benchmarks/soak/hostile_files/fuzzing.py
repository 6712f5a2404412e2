"""Gives a reader its hostile files, one after the other, and counts what it did with them."""

from __future__ import annotations

import gc
import hashlib
import math
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final

from benchmarks.soak.hostile_files.drawing import Draw
from benchmarks.soak.hostile_files.special_files import SPECIAL, Make
from benchmarks.soak.hostile_files.trial import Limits, Outcome, attempt

_REPEATS: Final = 1_000
"""So many draws in a row that are files of before: there are no more."""


@dataclass(frozen=True)
class Reader:
    """One format, and what reads it."""

    name: str
    read: Callable[[Path], object]
    """Reads the file at a path; raises a `GanzooError` where it refuses."""
    file: str
    """Path of the file below an otherwise honest folder."""
    seeds: Mapping[str, bytes]
    """Honest files by name; every one has to be accepted."""
    mutants: Draw[bytes]
    crafted: Mapping[str, Make] = field(default_factory=dict)
    """Hostile files made by hand, by name."""
    prepare: Callable[[Path], object] = lambda folder: None
    """Writes what else belongs into the folder."""


@dataclass
class Tally:
    """What a reader did with all its files."""

    reader: str
    accepted: int = 0
    refused: int = 0
    slowest: float = 0.0
    """Seconds of the longest reading."""
    memory: int = 0
    """Bytes above the start, at the peak of the most expensive reading."""
    seconds: float = 0.0
    """Of the processor, making the files included."""
    faults: dict[str, str] = field(default_factory=dict)
    """Each fault, with the first file that showed it."""

    @property
    def cases(self) -> int:
        """Files read."""
        return self.accepted + self.refused

    def add(self, outcome: Outcome, case: str) -> bool:
        """Counts a reading; tells whether it showed a new fault."""
        self.refused += outcome.is_refused
        self.accepted += not outcome.is_refused
        self.slowest = max(self.slowest, outcome.seconds)
        self.memory = max(self.memory, outcome.memory)
        new = [fault for fault in outcome.faults if fault not in self.faults]
        self.faults |= dict.fromkeys(new, case)
        return bool(new)


def attack(
    reader: Reader,
    cases: int,
    chance: int,
    folder: Path,
    *,
    seconds: float = math.inf,
    limits: Limits = Limits(),  # noqa: B008, it is frozen
) -> Tally:
    """Reads every crafted file of a reader, then so many mutants of its honest ones.

    Args:
        reader: what reads.
        cases: mutants.
        chance: the seed that decides them.
        folder: where the files are written; those that show a fault stay, in `faults`.
        seconds: of the clock, after which no more mutants are read.
        limits: what each reading may take.

    Raises:
        RuntimeError: an honest file is refused: the attack would say nothing.
    """
    tally, start, began = Tally(reader.name), time.process_time(), time.monotonic()
    path = _prepared(reader, folder / "read")
    for name, honest in reader.seeds.items():
        path.write_bytes(honest)
        try:
            reader.read(path)
        except Exception as error:
            raise RuntimeError(f"{reader.name}: the honest file {name} is refused: {error}") from error
    gc.collect()
    gc.freeze()  # what was there before is not looked through again and again while a reader fills the memory
    for name, make in {**SPECIAL, **reader.crafted}.items():
        _remove(path)
        make(path)
        tally.add(attempt(lambda: reader.read(path), limits), name)
    shutil.rmtree(folder / "read")  # what a crafted file has put around itself would slow every mutant down
    _prepared(reader, folder / "read")

    for content in _distinct(reader, cases, Random(chance)):
        if time.monotonic() - began > seconds:
            break
        path.write_bytes(content)
        case = f"mutant {tally.cases:,}"
        if tally.add(attempt(lambda: reader.read(path), limits), case):
            kept = folder / "faults" / f"{case}{Path(reader.file).suffix}"
            kept.parent.mkdir(exist_ok=True)
            shutil.copyfile(path, kept)
    gc.unfreeze()
    tally.seconds = time.process_time() - start
    return tally


def _distinct(reader: Reader, count: int, random: Random) -> Iterator[bytes]:
    """So many mutants, none of which is an honest file or was there before; fewer where there are no more."""
    digests = {hashlib.sha256(honest).digest() for honest in reader.seeds.values()}
    repeats = 0
    while count and repeats < _REPEATS:
        content = reader.mutants(random)
        digest = hashlib.sha256(content).digest()
        if digest in digests:
            repeats += 1
            continue
        digests.add(digest)
        repeats, count = 0, count - 1
        yield content


def _prepared(reader: Reader, place: Path) -> Path:
    """Makes a reader's folder, and gives the path of the file that is read in it."""
    path = place / reader.file
    place.mkdir(parents=True)
    reader.prepare(place)
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        path.rmdir()
    else:
        path.unlink(missing_ok=True)
