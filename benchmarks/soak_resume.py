"""Is a run that was killed again and again, and resumed, the run that never stopped, bit for bit?

    python benchmarks/soak_resume.py --kills 50

Trains a tiny network on `digits` without a stop. Then trains it again, kills the process (SIGKILL) at
an instant drawn uniformly from its first seconds, resumes, and so on until the run is finished and
can be compared; then the next run, until there were enough kills. Processes are forked from one that
has imported torch and computed nothing, so that their time goes into training; the tests kill and
resume processes that start from nothing. Compared are every tensor of the last checkpoint (weights,
average, optimisers, random numbers), every line of metrics.jsonl but for its times, and every grid.
Exit code 1 when anything differs.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import shutil
import signal
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Final

import click

from ganzoo.cli import main as ganzoo
from ganzoo.runs import checkpoints

TRAIN: Final = (
    "train cgan --dataset digits --batch-size 32 --seed 3 --precision fp32 --set model.channels=4 "
    "--set model.latent_dim=1024 --set training.flip=true --set training.schedule=cosine "
    "--checkpoint-every 1 --sample-every 50 --set run.log_every=5"
)
"""Cheap steps and a checkpoint after each: about a quarter of the time is spent writing one."""

TIMES: Final = ("images_per_second", "seconds")
"""What two equal runs differ in."""

PROCESSES: Final = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["ganzoo.cli.progress", "ganzoo.training.loop", "sklearn.datasets"])


@dataclass
class Tally:
    """What the kills met, and what they cost."""

    runs: int = 0
    instants: Counter[str] = field(default_factory=Counter)
    lost: int = 0
    added: int = 0
    different: list[str] = field(default_factory=list)

    @property
    def kills(self) -> int:
        """Processes killed so far."""
        return self.instants.total()

    def __str__(self) -> str:
        met = ", ".join(f"{count} {instant}" for instant, count in sorted(self.instants.items()))
        return (
            f"{self.kills} kills ({met}), runs compared: {self.runs}; "
            f"{self.lost} lines lost, {self.added} lines duplicated or changed, "
            f"{len(self.different)} tensors or grids different"
        )


def train(arguments: list[str], log: Path) -> None:
    """Runs `ganzoo` in this process, with everything that it says in a file."""
    with log.open("w", encoding="utf-8") as file:
        sys.stdout = sys.stderr = file
        ganzoo(arguments)


def go_on(run: Path, steps: int) -> BaseProcess:
    """Starts a process that resumes a run, or begins it where no step was taken yet."""
    if (run / "config.json").exists():
        arguments = ["train", "--resume", str(run)]
    else:
        shutil.rmtree(run, ignore_errors=True)
        arguments = [*TRAIN.split(), "--max-steps", str(steps), "--out", str(run)]
    process = PROCESSES.Process(target=train, args=(arguments, run.with_suffix(".log")))
    process.start()
    return process


def kill(process: BaseProcess, log: Path, after: float | None) -> bool:
    """Kills a process after so many seconds, None: never; False where it had ended by itself.

    Raises:
        RuntimeError: it failed.
    """
    process.join(after)
    process.kill()
    process.join()
    if process.exitcode == -signal.SIGKILL:
        return True
    if process.exitcode:
        raise RuntimeError(f"a process ended with {process.exitcode}:\n{log.read_text(encoding='utf-8')}")
    return False


def began(run: Path) -> int:
    """When a process last began or resumed a run: it writes config.json then."""
    path = run / "config.json"
    return path.stat().st_mtime_ns if path.exists() else 0


def instant(run: Path, before: int) -> str:
    """At what a process was killed, told by what it has left behind."""
    folder = run / "checkpoints"
    names = sorted(path.name for path in folder.glob("step-*.safetensors"))
    latest = run / "latest"
    if began(run) == before:
        return "during start-up"
    if any(folder.glob(".*.tmp*")):
        return "inside a checkpoint write"
    if names and (not latest.exists() or latest.read_text().strip() != names[-1]):
        return "between a checkpoint and its mark"
    return "elsewhere"


def lines(run: Path) -> list[str]:
    """The whole lines of metrics.jsonl without their times."""
    path = run / "metrics.jsonl"
    text = path.read_text() if path.exists() else ""
    whole = [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]
    return [json.dumps({k: v for k, v in line.items() if k not in TIMES}) for line in whole]


def content(run: Path) -> dict[str, bytes]:
    """Every tensor of the newest checkpoint and every grid, as bytes."""
    newest = run / "checkpoints" / (run / "latest").read_text().strip()
    tensors = checkpoints.read_tensors(newest)
    return {
        "checkpoint": newest.name.encode(),
        **{name: str((t.dtype, t.shape)).encode() + t.numpy().tobytes() for name, t in tensors.items()},
        **{path.name: path.read_bytes() for path in (run / "samples").iterdir()},
    }


def compare(run: Path, reference: Path, tally: Tally) -> None:
    """Adds to the tally what a finished run lost or changed."""
    mine, theirs = lines(run), lines(reference)
    lost, added = Counter(theirs) - Counter(mine), Counter(mine) - Counter(theirs)
    tally.runs += 1
    tally.lost += lost.total()
    tally.added += added.total()
    if not lost and not added and mine != theirs:
        tally.different.append("the order of metrics.jsonl")
    here, there = content(run), content(reference)
    tally.different += [name for name in here.keys() | there.keys() if here.get(name) != there.get(name)]
    tally.different += [f"litter: {path}" for path in run.rglob(".*.tmp*")]


@click.command()
@click.option("--kills", default=50, show_default=True, help="Processes to kill, at least.")
@click.option("--steps", default=400, show_default=True, help="Length of every run.")
@click.option("--seconds", default=4.0, show_default=True, help="Longest that a process lives.")
@click.option("--seed", default=0, show_default=True, help="Decides the instants.")
def main(kills: int, steps: int, seconds: float, seed: int) -> None:
    """Kill and resume trainings, and compare them with one that never stopped."""
    os.environ["OMP_NUM_THREADS"] = "1"
    chance, tally = random.Random(seed), Tally()
    folder = Path(tempfile.mkdtemp(prefix="soak-"))
    reference = folder / "reference"
    kill(go_on(reference, steps), reference.with_suffix(".log"), after=None)
    print(f"never stopped: {steps} steps, {len(lines(reference))} lines of metrics", flush=True)
    while tally.kills < kills:
        run = folder / f"run-{tally.runs}"
        while True:
            before = began(run)
            if not kill(go_on(run, steps), run.with_suffix(".log"), after=chance.uniform(0, seconds)):
                break
            tally.instants[instant(run, before)] += 1
            print(f"kill {tally.kills} {instant(run, before)}, {len(lines(run))} lines", flush=True)
        compare(run, reference, tally)
        print(tally, flush=True)
    if tally.lost or tally.added or tally.different:
        raise SystemExit(f"different: {', '.join(tally.different)}\nthe runs are in {folder}")
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
