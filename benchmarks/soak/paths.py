"""Run folders with odd names, at odd places: written, killed, resumed, drawn from and told of as any other.

    TMPDIR=/dev/shm python -m benchmarks.soak paths

A training dies within its last checkpoint, is resumed and compared with a twin that has a plain name; an
image is drawn from it, and a page written about it. What is printed must name the folder as it is. Exit code
1 where anything differs.
"""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

import click
import torch

from benchmarks.soak.calls import TORN, meddling
from benchmarks.soak.endings import here
from benchmarks.soak.results import Result, conclude, environment
from benchmarks.soak.trainings import BUSY
from benchmarks.soak.twins import Comparison, compare, litter

NAMES: Final = {
    "spaces": "  two words ",
    "quotes": 'it\'s "quoted" `so`',
    "a newline": "two\nlines",
    "a leading dash": "-run",
    "options": "--out=x",
    "unicode": "Zürich-Đà Nẵng-東京",
    "emoji": "🦓🦒",
    "another normal form": "cafe\u0301",
    "right to left": "تشغيل",
    "percent signs": "%s%d%n%(x)s{0}",
    "markup": "[bold]run[/bold][/]",
    "a wildcard": "r*n?[a-z]",
    "a dollar": "$HOME;true&",
    "a backslash": "a\\b",
    "only dots": "...",
    "a suffix": "run.safetensors",
    "200 characters": "n" * 200,
}
"""Names of a run folder."""

PLACES: Final[dict[str, Callable[[Path], Path]]] = {
    "relative, with ..": lambda folder: Path("below/../run"),
    "below a symlink": lambda folder: folder / "link" / "run",
    "a symlink to an empty folder": lambda folder: folder / "empty-link",
    "below folders that are not there": lambda folder: folder / "a" / "b" / "run",
}
"""Where a run may lie, seen from a working folder with the folders `below` and `empty` and links to both."""


def attack(run: Path, twin: Path, fatal: int) -> Comparison:
    """Lets a training die at a call, go on, be drawn from and told of; compares it with its twin.

    Args:
        run: as it is typed in the working folder.
        twin: the same training with a plain name.
        fatal: number of the call at which it dies.
    """
    found = Comparison()
    with meddling(run, TORN, fatal):
        ending = here(BUSY.begin(run, BUSY.steps))
    if ending.code is not None:
        return Comparison(differences=[f"does not come as far as its last checkpoint: {ending.output}"])
    ending = here(["train", f"--resume={run}"])
    found.differences += ending.complaints(0)
    if not ending.output.endswith(f"\n{run}\n"):
        found.differences.append(f"does not name the folder at the end: {ending.output}")
    for arguments in (
        ["sample", "--num", "1", "--out", "sample.png", "--", str(run)],
        ["report", "--out", "page.html", "--", str(run)],
    ):
        found.differences += [f"{arguments[0]}: {text}" for text in here(arguments).complaints(0)]
    found.differences += [f"litter: {path.name}" for path in litter(Path.cwd())]
    if not found.differences:
        found.add(compare(run, twin))
    return found


def attack_all(folder: Path, names: Iterable[str], until: float) -> list[Result]:
    """Attacks each of these names and places until a time of the monotonic clock; the rows of the table."""
    twin, results = folder / "twin", []
    with meddling(twin) as calls:
        ending = here(BUSY.begin(twin, BUSY.steps))
    if ending.code:
        raise RuntimeError(f"the attack could not be prepared:\n{ending.output}")
    fatal = [call.number for call in calls if call.name == "save_file"][-1]
    for index, name in enumerate(names):
        began, place = time.monotonic(), folder / str(index)
        if began > until:
            results.append(Result(name, 0, 0, Comparison(), 0, skipped="no time was left"))
            continue
        for below in ("below", "empty"):
            (place / below).mkdir(parents=True)
        (place / "link").symlink_to("below")
        (place / "empty-link").symlink_to("empty")
        run = PLACES[name](place) if name in PLACES else Path(NAMES[name])
        with contextlib.chdir(place):
            found = attack(run, twin, fatal)
        results.append(Result(name, 1, 1, found, time.monotonic() - began))
    return results


@click.command()
@click.option("--minutes", default=10.0, show_default=True, help="No attack later than that.")
@click.option("--only", multiple=True, type=click.Choice([*NAMES, *PLACES]), help="These only.")
def command(minutes: float, only: tuple[str, ...]) -> None:
    """Train in folders with odd names and at odd places."""
    folder = Path(tempfile.mkdtemp(prefix="soak-paths-"))
    torch.set_num_threads(1)
    with environment(GANZOO_CACHE=str(folder / "cache")):
        results = attack_all(folder, only or (*NAMES, *PLACES), time.monotonic() + 60 * minutes)
        conclude(results, "kills", folder)


if __name__ == "__main__":
    command()
