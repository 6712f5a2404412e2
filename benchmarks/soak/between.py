"""Is a run whole after a kill, or a failure of the disk, at any one of the calls by which it is written?

    TMPDIR=/dev/shm python -m benchmarks.soak between

A training of four steps writes all that a training can write: a new folder, settings, metrics, grids,
checkpoints, the marks of the newest and of the best, a strip. Its calls to the system are counted. Then, for
each of them, the training is done again and dies there, dies with half of the data written, finds the disk
full, or finds it broken; the same for the resumption of a run that had died while it wrote a checkpoint.
Where it died it is resumed, or begun with the same command where there was no run yet; where the disk failed
it must say so in words first. The result is compared with a twin. Exit code 1 where anything differs.
"""

from __future__ import annotations

import random
import shutil
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click
import torch

from benchmarks.soak.calls import BROKEN, FULL, KILL, TORN, Call, meddling
from benchmarks.soak.endings import Ending, here
from benchmarks.soak.results import Result, conclude, environment
from benchmarks.soak.trainings import BUSY
from benchmarks.soak.twins import Comparison, compare, litter

DEEDS: Final = {
    KILL: "dies before the call",
    TORN: "dies with half of it written",
    FULL: "the disk is full",
    BROKEN: "the disk is broken",
}
"""What is done at a call, in the words of the table."""


@dataclass(frozen=True)
class Target:
    """What is attacked: a training from its beginning, or the resumption of a run."""

    name: str
    start: Path | None
    """The run that is resumed, of which a copy is attacked."""
    twin: Path
    calls: tuple[Call, ...]


@dataclass(frozen=True)
class Case:
    """One attack."""

    target: Target
    deed: str
    call: Call

    @property
    def row(self) -> str:
        """The row of the table that it counts in."""
        return f"{self.target.name}: {DEEDS[self.deed]}"


def targets(folder: Path) -> list[Target]:
    """Makes the twin, and a run that died within the checkpoint of its last step, and counts their calls."""
    twin = folder / "twin"
    with meddling(twin) as begun:
        _require(go_on(twin))
    half, last = folder / "half", [call for call in begun if call.name == "save_file"][-1]
    with meddling(half, TORN, last.number):
        go_on(half)
    again = Path(shutil.copytree(half, folder / "again"))
    with meddling(again) as resumed:
        _require(go_on(again))
    return [
        Target("a training", None, twin, tuple(begun)),
        Target("a resumption", half, twin, tuple(resumed)),
    ]


def _require(ending: Ending) -> None:
    if ending.code:
        raise RuntimeError(f"the attack could not be prepared:\n{ending.output}")


def go_on(run: Path) -> Ending:
    """Resumes a run in this process, or begins it where there is none yet."""
    return here(BUSY.go_on(run, BUSY.steps))


def cases(found: list[Target]) -> list[Case]:
    """Every deed at every call where it is possible."""
    return [
        Case(target, deed, call)
        for target in found
        for call in target.calls
        for deed in DEEDS
        if (deed == BROKEN or call.changes) and (deed != TORN or call.writes)
    ]


def attack(case: Case, folder: Path) -> Comparison:
    """Does the deed, lets the run go on, and compares it with the twin."""
    place = Path(tempfile.mkdtemp(dir=folder))
    run = place / "run"
    if case.target.start is not None:
        shutil.copytree(case.target.start, run)
    with meddling(run, case.deed, case.call.number):
        ending = go_on(run)
    differences = _complaints(case, ending)
    ending = go_on(run)
    if ending.code:
        differences.append(f"does not go on: {ending.output}")
        found = Comparison()
    else:
        found = compare(run, case.target.twin)
    differences += [f"litter: {path.relative_to(place)}" for path in litter(place)]
    where = f"{case.deed} at {case.call.name} {Path(case.call.path).name} ({case.call.number})"
    found.differences = [f"{where}: {difference}" for difference in (*differences, *found.differences)]
    shutil.rmtree(place)
    return found


def _complaints(case: Case, ending: Ending) -> list[str]:
    """What is wrong with how the process ended."""
    if case.deed in (KILL, TORN):
        return [] if ending.code is None else [f"did not die, but ended with {ending.code}"]
    return ending.complaints(0, 1, 2)  # a configuration that can't be read is bad usage


@click.command()
@click.option("--minutes", default=30.0, show_default=True, help="No attack later than that.")
@click.option("--seed", default=0, show_default=True, help="Decides the order of the attacks.")
@click.option("--most", type=int, help="Attacks at most; none: all.")
def command(minutes: float, seed: int, most: int | None) -> None:
    """Kill a training, or break its disk, at each of the calls by which it writes."""
    end = time.monotonic() + 60 * minutes
    folder = Path(tempfile.mkdtemp(prefix="soak-between-"))
    found: dict[str, list[tuple[Comparison, float]]] = defaultdict(list)
    torch.set_num_threads(1)
    with environment(GANZOO_CACHE=str(folder / "cache")):
        everything = cases(targets(folder))
        rows = dict.fromkeys(case.row for case in everything)
        random.Random(seed).shuffle(everything)
        for case in everything[:most]:
            began = time.monotonic()
            if began > end:
                break
            found[case.row].append((attack(case, folder), time.monotonic() - began))
    conclude([_result(row, found[row]) for row in rows], "attacks", folder)
    click.echo(f"{sum(map(len, found.values()))} of {len(everything)} attacks")


def _result(row: str, done: list[tuple[Comparison, float]]) -> Result:
    total = Comparison()
    for comparison, _ in done:
        total.add(comparison)
    return Result(row, len(done), len(done), total, sum(seconds for _, seconds in done))


if __name__ == "__main__":
    command()
