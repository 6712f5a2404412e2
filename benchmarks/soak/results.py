"""What an attack prints: a row for each scenario, and exit code 1 where a promise did not hold."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from benchmarks.soak.twins import Comparison


@dataclass(frozen=True)
class Result:
    """A scenario, what was done in it, and what was compared."""

    name: str
    attacks: int
    """Kills or faults."""
    runs: int
    """Runs compared with their undisturbed twins."""
    found: Comparison
    seconds: float
    skipped: str = ""
    """Why nothing was done here; empty where something was."""

    def row(self) -> str:
        """A row of Markdown."""
        if self.skipped:
            return f"| {self.name} | - | - | - | - | - | skipped: {self.skipped} |"
        counts = (self.attacks, self.runs, self.found.tensors, self.found.lines, len(self.found.differences))
        return (
            f"| {self.name} | " + " | ".join(f"{count:,}" for count in counts) + f" | {self.seconds:,.0f} |"
        )


def conclude(results: Sequence[Result], attacks: str, folder: Path) -> None:
    """Prints the table and removes the folder, which stays where a promise did not hold.

    Args:
        results: the rows.
        attacks: what they count: "kills".
        folder: what the attack has written.

    Raises:
        SystemExit: with code 1, where anything differs.
    """
    click.echo(f"| scenario | {attacks} | runs compared | tensors | lines | differences | seconds |")
    click.echo("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for result in results:
        click.echo(result.row())
    total = Comparison()
    for result in results:
        total.add(result.found)
    done = [result for result in results if not result.skipped]
    click.echo(
        Result(
            "all",
            sum(r.attacks for r in done),
            sum(r.runs for r in done),
            total,
            sum(r.seconds for r in done),
        ).row()
    )
    for result in results:
        for difference in result.found.differences:
            click.echo(f"{result.name}: {difference}", err=True)
    if total.differences:
        click.echo(f"what was written is in {folder}", err=True)
        raise SystemExit(1)
    shutil.rmtree(folder)


@contextlib.contextmanager
def environment(**variables: str) -> Iterator[None]:
    """Sets variables for the processes that are started meanwhile."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
