"""Disks that fill, break, vanish or refuse, clocks that jump: is it said in words, and does the run go on?

    python -m benchmarks.soak disks

Each scenario disturbs a training, or what is made of a run; it must be said in words what is wrong, with a
documented exit code. Then the disturbance ends, the run is resumed and compared
with its undisturbed twin. Scenarios that mount a disk are skipped where the user may not. Exit code 1
where anything differs.
"""

from __future__ import annotations

import re
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import click
import torch

from benchmarks.soak import processes, products
from benchmarks.soak.conditions import CannotMountError, disk, jump_clock, limit_descriptors, limit_files
from benchmarks.soak.endings import Ending, elsewhere, here
from benchmarks.soak.results import Result, conclude, environment
from benchmarks.soak.trainings import BUSY, LONG
from benchmarks.soak.twins import Comparison, compare, litter, whole_lines

_DAY: Final = 86_400.0


@dataclass
class Place:
    """A folder to do harm in, and the twin to compare with."""

    folder: Path
    twin: Path
    attacks: int = 0
    """Disturbances so far."""
    runs: int = 0
    """Runs compared so far."""

    def train(self, run: Path, prepare: processes.Prepare = processes.nothing) -> Ending:
        """Resumes a run, or begins it where there is none."""
        arguments = BUSY.go_on(run, BUSY.steps)
        if prepare is processes.nothing:
            return here(arguments)
        self.attacks += 1
        return elsewhere(arguments, self.folder / "log", prepare)

    def finish(self, run: Path) -> Comparison:
        """Lets a run go on undisturbed, and compares it with its twin."""
        ending = self.train(run)
        if ending.code:
            return Comparison(differences=[f"does not go on: {ending.output}"])
        self.runs += 1
        found = compare(run, self.twin)
        found.differences += [f"litter: {path.name}" for path in litter(self.folder)]
        return found


def full(place: Place) -> Comparison:
    """Disks that are full after the new folder, in the middle, and before the last file."""
    found, needed = Comparison(), sum(path.stat().st_size for path in place.twin.rglob("*")) // 1024
    for share in (0.05, 0.2, 0.4, 0.6, 0.8, 0.95):
        with disk(place.folder / f"disk-{share}", f"size={int(share * needed)}k") as small:
            place.attacks += 1
            found.add(_disturbed(place, place.train(small.path / "run")))
            small.remount("size=64m")
            found.add(place.finish(small.path / "run"))
    return found


def no_inodes(place: Place) -> Comparison:
    """Disks that hold so many files and folders and not one more."""
    found = Comparison()
    for number in range(3, 16, 2):
        with disk(place.folder / f"disk-{number}", f"nr_inodes={number}") as small:
            place.attacks += 1
            found.add(_disturbed(place, place.train(small.path / "run")))
            small.remount("nr_inodes=1000")
            found.add(place.finish(small.path / "run"))
    return found


def file_limit(place: Place) -> Comparison:
    """A limit on the size of a file, below that of settings, of pictures and of checkpoints."""
    found, largest = Comparison(), max(path.stat().st_size for path in place.twin.rglob("*.safetensors"))
    for size in (100, 1_000, 3_000, 10_000, largest - 1):
        run = place.folder / f"run-{size}"
        found.add(_disturbed(place, place.train(run, partial(limit_files, size))))
        found.add(place.finish(run))
    return found


def read_only(place: Place) -> Comparison:
    """A finished run and a stopped one on a disk that has become read-only."""
    found = Comparison()
    with disk(place.folder / "disk", "size=64m") as frozen:
        run = frozen.path / "run"
        place.train(run, partial(limit_files, 10_000))
        frozen.remount("ro")
        place.attacks += 1
        found.add(_disturbed(place, place.train(run)))
        frozen.remount("rw")
        found.add(place.finish(run))
        frozen.remount("ro")
        place.attacks += 1
        drawn = here(["sample", str(run), "--num", "1", "--out", str(place.folder / "x.png")])
        found.differences += drawn.complaints(0)
    return found


def removed(place: Place) -> Comparison:
    """The run folder is moved away while it is written, and comes back."""
    run, away, twin = (place.folder / name for name in ("run", "away", "twin"))
    here(LONG.begin(twin, LONG.steps))
    command = processes.start(LONG.begin(run, LONG.steps), place.folder / "log")
    _wait_for(run / "latest")
    run.rename(away)
    place.attacks += 1
    found = Comparison(differences=Ending(command.wait(120), command.output).complaints(1))
    command.kill()
    if run.exists():
        found.differences.append("a part of a run was made where the run had been")
        shutil.rmtree(run)
    away.rename(run)
    found.differences += here(LONG.go_on(run, LONG.steps)).complaints(0)
    found.add(compare(run, twin))
    place.runs += 1
    return found


def few_descriptors(place: Place) -> Comparison:
    """Few files may be open at once: 64 are enough, 12 are not."""
    found = Comparison()
    for number in (64, 12):
        run = place.folder / f"run-{number}"
        found.add(_disturbed(place, place.train(run, partial(limit_descriptors, number))))
        found.add(place.finish(run))
    return found


def clock(place: Place) -> Comparison:
    """A clock that jumps by a day with each look at it, forward and back, and one that was never set."""
    found = Comparison()
    for name, offsets in {"day": (_DAY, -_DAY, 0.0), "unset": (-time.time() + 10,)}.items():
        run = place.folder / f"run-{name}"
        ending = place.train(run, partial(jump_clock, *offsets))
        found.differences += ending.complaints(0)
        found.differences += [f"says {text}" for text in re.findall(r"-\d[\d,]* s left", ending.output)]
        for line in whole_lines(run):
            if line["kind"] == "losses" and not (line["seconds"] >= 0 and line["images_per_second"] > 0):
                found.differences.append(f"a line of metrics holds {line}")
        found.add(place.finish(run))
    return found


def _disturbed(place: Place, ending: Ending) -> Comparison:
    """What is wrong with how a disturbed training ended."""
    return Comparison(differences=ending.complaints(0, 1))


def _wait_for(path: Path, seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not path.exists():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{path} did not appear")
        time.sleep(0.01)


def made_without_room(made: Mapping[str, products.Product], place: Place) -> Comparison:
    """What is made of a run and of pictures, on a disk that is full, and on one that fills on the way."""
    found = Comparison()
    sources = products.prepare(place.folder, place.twin)
    for name, product in made.items():
        with disk(place.folder / "disk", "size=64m") as small:
            wrong, attacks = products.attack(product, sources, small.path)
        small.path.rmdir()
        place.attacks += attacks
        found.differences += [f"{name}: {text}" for text in wrong]
    return found


SCENARIOS: Final[dict[str, Callable[[Place], Comparison]]] = {
    "a disk that fills": full,
    "a disk without inodes": no_inodes,
    "a limit on files": file_limit,
    "a read-only disk": read_only,
    "the run folder moved away": removed,
    "few descriptors": few_descriptors,
    "a clock that jumps": clock,
    "pages, samples, exports without room": partial(made_without_room, products.QUICK),
    "every product without room": partial(made_without_room, products.ALL),
}
"""By the name that the table has them under."""


@click.command()
@click.option("--minutes", default=10.0, show_default=True, help="No scenario begins later than that.")
@click.option("--only", multiple=True, type=click.Choice(list(SCENARIOS)), help="These scenarios only.")
def command(minutes: float, only: tuple[str, ...]) -> None:
    """Fill, break, freeze and take away the disk of a training, and move its clock."""
    folder = Path(tempfile.mkdtemp(prefix="soak-disks-"))
    torch.set_num_threads(1)
    with environment(OMP_NUM_THREADS="1", GANZOO_CACHE=str(folder / "cache")):
        conclude(attack(folder, only or tuple(SCENARIOS), time.monotonic() + 60 * minutes), "faults", folder)


def attack(folder: Path, names: tuple[str, ...], until: float) -> list[Result]:
    """Plays scenarios until a time of the monotonic clock; their rows of the table."""
    twin, results = folder / "twin", []
    ending = here(BUSY.begin(twin, BUSY.steps))
    if ending.code:
        raise RuntimeError(f"the attack could not be prepared:\n{ending.output}")
    for index, name in enumerate(names):
        place = Place(folder / str(index), twin)
        place.folder.mkdir()
        began, skipped, found = time.monotonic(), "", Comparison()
        if began > until:
            skipped = "no time was left"
        else:
            try:
                found = SCENARIOS[name](place)
            except CannotMountError as error:
                skipped = str(error)
        results.append(
            Result(name, place.attacks, place.runs, found, time.monotonic() - began, skipped=skipped)
        )
    return results


if __name__ == "__main__":
    command()
