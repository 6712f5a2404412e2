"""Is a run that was killed again and again, and resumed, the run that never stopped, bit for bit?

    TMPDIR=/dev/shm python -m benchmarks.soak kills --kills 1000 --seed 0

Each kind of training runs once without a stop. Then again: the process is killed (SIGKILL) at an instant
drawn uniformly from the first quarter of the time that the whole training takes, the run is resumed, and so
on until it is finished and can be compared with its twin; then the next run, until there were enough kills.
Of two processes one is killed, or both; what is left gets SIGTERM, as
from torchrun. Processes are forked from one that has imported torch, so that their
time goes into training; the tests kill processes that start from nothing. A kill loses nothing that was
written, synced or not, so the runs may lie in memory. Exit code 1 where anything differs.
"""

from __future__ import annotations

import random
import shutil
import signal
import socket
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import click

from benchmarks.soak import processes
from benchmarks.soak.processes import Command
from benchmarks.soak.results import Result, conclude, environment
from benchmarks.soak.trainings import TRAININGS, Training
from benchmarks.soak.twins import Comparison, compare, litter

_LONGEST_LIFE: Final = 0.25
"""Share of a whole training after which a process is dead for certain."""

_SURVIVORS: Final = 20.0
"""Seconds to heed SIGTERM in once another process of the same training is dead; torchrun gives 30."""


@dataclass
class Tally:
    """What the kills of one kind of training met."""

    instants: Counter[str] = field(default_factory=Counter)
    runs: int = 0
    found: Comparison = field(default_factory=Comparison)
    began: float = field(default_factory=time.monotonic)

    @property
    def kills(self) -> int:
        """Processes killed so far."""
        return self.instants.total()

    def result(self, name: str) -> Result:
        """A row of the table."""
        return Result(name, self.kills, self.runs, self.found, time.monotonic() - self.began)


def go_on(training: Training, run: Path, steps: int) -> list[Command]:
    """Starts the processes that resume a run, or begin it where there is none yet."""
    arguments = training.go_on(run, steps)
    log = run.with_suffix(".log")
    if training.processes == 1:
        return [processes.start(arguments, log)]
    world = {"WORLD_SIZE": str(training.processes), "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": _free_port()}
    return [
        processes.start(
            arguments,
            run.with_suffix(f".{rank}.log"),
            environment={**world, "RANK": str(rank), "LOCAL_RANK": str(rank)},
        )
        for rank in range(training.processes)
    ]


def _free_port() -> str:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return str(listener.getsockname()[1])


def kill(commands: Sequence[Command], after: float | None, chance: random.Random) -> int:
    """Kills processes after so many seconds, None: never; how many were killed.

    Raises:
        RuntimeError: one failed, though none was killed; or one outlived another and SIGTERM.
    """
    deadline = None if after is None else time.monotonic() + after
    for command in commands:
        command.wait(None if deadline is None else max(0.0, deadline - time.monotonic()))
    if deadline is None:
        killed: Sequence[Command] = []
    else:
        killed = chance.choice([commands, *([command] for command in commands)])
        for command in killed:
            command.process.kill()
        for command in commands:
            command.process.terminate()  # as torchrun does with those that are left
    codes = [command.wait(_SURVIVORS) for command in commands]
    if None in codes:
        for command in commands:
            command.kill()
        raise RuntimeError(f"a process outlived another by {_SURVIVORS} s:\n{_said(commands)}")
    died = codes.count(-signal.SIGKILL)
    if any(codes) and not died:
        raise RuntimeError(f"processes ended with {codes}:\n{_said(commands)}")
    return died


def _said(commands: Iterable[Command]) -> str:
    return "\n".join(command.output for command in commands)


def instant(run: Path, before: tuple[int, int]) -> str:
    """At what a process was killed, told by what it has left behind."""
    checkpoints = sorted(path.name for path in (run / "checkpoints").glob("step-*.safetensors"))
    latest = run / "latest"
    if _began(run) == before:
        return "start-up"
    if any(".safetensors" in path.name for path in litter(run)):
        return "checkpoint"
    if checkpoints and (not latest.exists() or latest.read_text().strip() != checkpoints[-1]):
        return "mark"
    return "elsewhere"


def _began(run: Path) -> tuple[int, int]:
    """What a process changes when it begins or resumes a run: it makes config.json, or metrics.jsonl anew."""
    files = [run / name for name in ("config.json", "metrics.jsonl")]
    made, written = (path.stat().st_ino if path.exists() else 0 for path in files)
    return made, written


def attack(training: Training, folder: Path, kills: int, chance: random.Random, until: float) -> Tally:
    """Kills a training so many times, or until a time of the monotonic clock, and compares its runs."""
    tally, twin = Tally(), folder / "twin"
    kill(
        go_on(training, folder / "first", 1), None, chance
    )  # fills caches, which the twin finds as the runs do
    began = time.monotonic()
    kill(go_on(training, twin, training.steps), None, chance)
    seconds = _LONGEST_LIFE * (time.monotonic() - began)
    while tally.kills < kills and time.monotonic() < until:
        run = folder / f"run-{tally.runs}"
        while True:
            before = _began(run)
            enough = tally.kills >= kills or time.monotonic() >= until
            died = kill(
                go_on(training, run, training.steps), None if enough else chance.uniform(0, seconds), chance
            )
            if not died:
                break
            tally.instants[instant(run, before)] += died
        tally.runs += 1
        found = compare(run, twin)
        found.differences += [f"litter: {path.name}" for path in litter(folder)]
        tally.found.add(found)
        if not found.differences:
            shutil.rmtree(run)
    return tally


@click.command()
@click.option("--kills", default=1000, show_default=True, help="Processes to kill, over all trainings.")
@click.option("--minutes", default=25.0, show_default=True, help="No kill later than that.")
@click.option("--seed", default=0, show_default=True, help="Decides the instants.")
@click.option("--only", multiple=True, type=click.Choice(list(TRAININGS)), help="These trainings only.")
def command(kills: int, minutes: float, seed: int, only: tuple[str, ...]) -> None:
    """Kill and resume trainings, and compare each with one that never stopped."""
    chance, names = random.Random(seed), only or tuple(TRAININGS)
    folder, results, met = Path(tempfile.mkdtemp(prefix="soak-kills-")), [], Counter[str]()
    end, done = time.monotonic() + 60 * minutes, 0
    with environment(OMP_NUM_THREADS="1", GANZOO_CACHE=str(folder / "cache")):
        for index, name in enumerate(names):
            left = len(names) - index
            (place := folder / name.replace(" ", "-")).mkdir()
            until = time.monotonic() + (end - time.monotonic()) / left
            tally = attack(TRAININGS[name], place, -(-(kills - done) // left), chance, until)
            done += tally.kills
            met.update(tally.instants)
            results.append(tally.result(name))
            click.echo(f"{name}: {dict(tally.instants)}", err=True)
    click.echo(", ".join(f"{count} {where}" for where, count in met.most_common()))
    conclude(results, "kills", folder)


if __name__ == "__main__":
    command()
