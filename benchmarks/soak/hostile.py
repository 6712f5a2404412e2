"""Files from strangers: is every one refused in words, or read, within seconds and bounded memory?

    OMP_NUM_THREADS=1 nice -n 10 python -m benchmarks.soak hostile --cases 10000

Every reader of a format gets the files that were made by hand for it, then mutants of honest files. A
fault is a traceback, something executed, something written by a reading that refuses, more than
2 seconds, or more than 500 MB. The files that show one are kept. Exit code 1 when there is any. Linux only.
"""

from __future__ import annotations

import importlib
import logging
import os
import shutil
import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click
import torch

from benchmarks.soak.hostile_files.fuzzing import Reader, Tally, attack

SUBJECTS: Final = (
    "checkpoints", "weights", "configurations", "run_folders", "images", "samples", "data_sets", "reports",
    "caches", "installed", "archives", "pickles", "studies", "packages", "tables",
)  # fmt: skip
"""The modules of `hostile_files` that have readers."""


def all_readers(folder: Path, subjects: Sequence[str] = SUBJECTS) -> list[Reader]:
    """The readers of some subjects; their honest files are made below `folder`."""
    found: list[Reader] = []
    for subject in subjects:
        module = importlib.import_module(f"benchmarks.soak.hostile_files.{subject}")
        workshop = folder / subject
        workshop.mkdir(parents=True)
        found += module.readers(workshop)
    return found


def table(tallies: Sequence[Tally]) -> str:
    """The results as Markdown."""
    lines = [
        "| reader | files | refused | read | faults | longest, s | peak memory, MB | seconds |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    lines += [
        f"| {t.reader} | {t.cases:,} | {t.refused:,} | {t.accepted:,} | {len(t.faults)} | {t.slowest:.2f} | "
        f"{t.memory / 1e6:,.0f} | {t.seconds:,.0f} |"
        for t in tallies
    ]
    return "\n".join(lines)


@click.command("hostile")
@click.option("--cases", default=10_000, show_default=True, help="Mutants for each reader.")
@click.option("--seconds", default=600.0, show_default=True, help="For each reader, at most.")
@click.option("--seed", default=0, show_default=True, help="Decides the mutants.")
@click.option("--only", multiple=True, type=click.Choice(SUBJECTS), help="A subject; several may be named.")
@click.option(
    "--reader", "names", multiple=True, help="One of the readers, by its name; several may be named."
)
@click.option("--keep", type=click.Path(path_type=Path), help="A new folder for the files that show a fault.")
def command(
    cases: int, seconds: float, seed: int, only: tuple[str, ...], names: tuple[str, ...], keep: Path | None
) -> None:
    """Give every reader of a file hostile files."""
    torch.set_num_threads(1)
    logging.getLogger("ganzoo").setLevel(logging.CRITICAL)
    warnings.simplefilter("ignore")
    folder = Path(tempfile.mkdtemp(prefix="hostile-")) if keep is None else keep
    os.environ["GANZOO_CACHE"] = str(folder / "cache")
    tallies = []
    readers = all_readers(folder / "honest", only or SUBJECTS)
    for number, reader in enumerate(reader for reader in readers if not names or reader.name in names):
        tally = attack(reader, cases, seed, folder / f"{number}", seconds=seconds)
        click.echo(table([tally]).splitlines()[-1], err=True)
        for fault, case in tally.faults.items():
            click.echo(f"  {fault} ({case}, in {folder / str(number)})", err=True)
        tallies.append(tally)
    click.echo(table(tallies))
    if any(tally.faults for tally in tallies):
        raise SystemExit(1)
    shutil.rmtree(folder)


if __name__ == "__main__":
    command()
