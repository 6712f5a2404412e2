"""Two processes at one run, and copies of runs: the second is refused, and the first is as if it were alone.

    TMPDIR=/dev/shm python -m benchmarks.soak contention

Two trainings are given one new folder at once; a run is resumed while its training still runs; a run is
resumed twice at once. In each the second must end with exit code 2 and words, and the first equal its twin. A
copy of a run that died is resumed, and so is a copy that was made while the training wrote. Exit code 1
where anything differs.
"""

from __future__ import annotations

import random
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import click
import torch

from benchmarks.soak import processes
from benchmarks.soak.endings import Ending, here
from benchmarks.soak.results import Result, conclude, environment
from benchmarks.soak.trainings import LONG
from benchmarks.soak.twins import Comparison, compare, whole_lines


def two_trainings(folder: Path, twin: Path, chance: random.Random) -> Comparison:
    """Two trainings that are given one new folder."""
    run = folder / "run"
    arguments = LONG.begin(run, LONG.steps)
    return _one_wins([arguments, arguments], run, twin, folder, chance.uniform(0, 0.3))


def two_resumptions(folder: Path, twin: Path, chance: random.Random) -> Comparison:
    """Two resumptions of a run that was killed."""
    run = folder / "run"
    _kill_on_the_way(run, folder)
    arguments = LONG.go_on(run, LONG.steps)
    return _one_wins([arguments, arguments], run, twin, folder, chance.uniform(0, 0.3))


def resumed_while_trained(folder: Path, twin: Path, chance: random.Random) -> Comparison:
    """The resumption of a run whose training has not ended."""
    run = folder / "run"
    command = processes.start(LONG.begin(run, LONG.steps), folder / "first.log")
    _wait_for(run / "latest")
    time.sleep(chance.uniform(0, 0.3))
    second = here(["train", f"--resume={run}"])
    first = Ending(command.wait(300), command.output)
    found = Comparison(differences=[*first.complaints(0), *second.complaints(2)])
    found.add(compare(run, twin))
    return found


def copy_of_a_killed_run(folder: Path, twin: Path, chance: random.Random) -> Comparison:
    """A copy of a run that was killed; the run itself stays as it is."""
    run, copy = folder / "run", folder / "copy"
    _kill_on_the_way(run, folder)
    shutil.copytree(run, copy)
    before = whole_lines(run)
    found = Comparison(differences=here(["train", f"--resume={copy}"]).complaints(0))
    if whole_lines(run) != before:
        found.differences.append("the run changed while its copy was resumed")
    found.add(compare(copy, twin))
    return found


def copy_of_a_running_run(folder: Path, twin: Path, chance: random.Random) -> Comparison:
    """A copy made while the training writes: it goes on to the same end, or says what it lacks."""
    run, copy = folder / "run", folder / "copy"
    command = processes.start(LONG.begin(run, LONG.steps), folder / "first.log")
    _wait_for(run / "latest")
    time.sleep(chance.uniform(0, 0.3))
    _copy_what_stays(run, copy)
    ending, first = here(["train", f"--resume={copy}"]), Ending(command.wait(300), command.output)
    found = Comparison(differences=[*first.complaints(0), *ending.complaints(0, 1, 2)])
    if ending.code == 0:
        found.add(compare(copy, twin))
    found.add(compare(run, twin))
    return found


def _copy_what_stays(run: Path, copy: Path) -> None:
    """Copies file by file, as `cp -r` does: one that vanishes meanwhile is not in the copy."""
    for path in sorted(run.rglob("*")):
        target = copy / path.relative_to(run)
        try:
            if path.is_dir():
                target.mkdir(parents=True, exist_ok=True)
            else:
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, target)
        except FileNotFoundError:
            continue


def _one_wins(commands: list[list[str]], run: Path, twin: Path, folder: Path, later: float) -> Comparison:
    """Starts both, one a little later; one must be refused, and the other equal the twin."""
    started = []
    for number, arguments in enumerate(commands):
        started.append(processes.start(arguments, folder / f"{number}.log"))
        time.sleep(later)
    endings = sorted((Ending(c.wait(300), c.output) for c in started), key=lambda e: e.code or 0)
    found = Comparison(differences=[*endings[0].complaints(0), *endings[1].complaints(2)])
    found.add(compare(run, twin))
    return found


def _kill_on_the_way(run: Path, folder: Path) -> None:
    command = processes.start(LONG.begin(run, LONG.steps), folder / "killed.log")
    _wait_for(run / "latest")
    if command.kill() == 0:
        raise RuntimeError("the training had ended before it was killed: give it more steps")


def _wait_for(path: Path, seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not path.exists():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{path} did not appear")
        time.sleep(0.01)


Scenario = Callable[[Path, Path, random.Random], Comparison]

SCENARIOS: Final[dict[str, Scenario]] = {
    "two trainings, one folder": two_trainings,
    "two resumptions at once": two_resumptions,
    "resumed while it is trained": resumed_while_trained,
    "a copy of a killed run": copy_of_a_killed_run,
    "a copy of a running run": copy_of_a_running_run,
}
"""By the name that the table has them under."""


@click.command()
@click.option("--rounds", default=3, show_default=True, help="How often each is tried.")
@click.option("--minutes", default=10.0, show_default=True, help="No round begins later than that.")
@click.option("--seed", default=0, show_default=True, help="Decides how much later the second comes.")
@click.option("--only", multiple=True, type=click.Choice(list(SCENARIOS)), help="These only.")
def command(rounds: int, minutes: float, seed: int, only: tuple[str, ...]) -> None:
    """Let two processes at one run, and resume copies of runs."""
    folder, end = Path(tempfile.mkdtemp(prefix="soak-contention-")), time.monotonic() + 60 * minutes
    torch.set_num_threads(1)
    with environment(OMP_NUM_THREADS="1", GANZOO_CACHE=str(folder / "cache")):
        twin, results = folder / "twin", []
        here(LONG.begin(twin, LONG.steps))
        for name in only or SCENARIOS:
            results.append(_result(name, twin, folder, rounds, random.Random(seed), end))
    conclude(results, "rounds", folder)


def _result(name: str, twin: Path, folder: Path, rounds: int, chance: random.Random, end: float) -> Result:
    found, done, began = Comparison(), 0, time.monotonic()
    while done < rounds and time.monotonic() < end:
        place = Path(tempfile.mkdtemp(dir=folder))
        found.add(SCENARIOS[name](place, twin, chance))
        done += 1
    return Result(name, done, done, found, time.monotonic() - began)


if __name__ == "__main__":
    command()
