"""How long `ganzoo list` takes with many plugins, next to starting Python and importing torch.

    python benchmarks/listing.py --distributions 100 --plugins 3 --rounds 20

Writes so many distributions, as an installer leaves them, into a temporary folder that lies on the
path behind everything that is really installed. Each plugin is a whole module, the one that `ganzoo
new` writes for its kind, and each distribution's METADATA holds a README of ten kilobytes. Every
round starts each command once, in random order, in a process of its own. What is printed are medians
over rounds, and of the ratios within a round; of the time on the clock, and of the time that a
processor worked, which other processes of a busy machine hardly change.
"""

from __future__ import annotations

import itertools
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final, NamedTuple

import click

from ganzoo import scaffolding
from ganzoo.plugins import discovery

COMMANDS: Final = {
    "python -c pass": ["-c", "pass"],
    "ganzoo --version": ["-m", "ganzoo", "--version"],
    "ganzoo list": ["-m", "ganzoo", "list"],
    "ganzoo list --json": ["-m", "ganzoo", "list", "--json"],
    "import torch": ["-c", "import torch"],
}

_README_LINE = "A line of a README, of which an installer keeps all in METADATA.\n"

_REPORT = (
    "import sys; from ganzoo.cli import main\n"
    "try: main(['list', '--json'])\n"
    "finally: print(*sys.modules, file=sys.stderr)"
)


def install(folder: Path, distributions: int, plugins: int) -> None:
    """Writes the distributions."""
    kinds = itertools.cycle(discovery.kinds().values())
    for number in range(distributions):
        stem = f"synthetic_zoo_{number:03}"
        groups: dict[str, list[str]] = {}
        for index, kind in enumerate(itertools.islice(kinds, plugins)):
            name = f"synthetic-{number}-{index}"
            written = scaffolding.package(kind.name, name)
            (source,) = (
                text for path, text in written.files.items() if path.endswith("__init__.py") and text
            )
            module = folder / stem / f"part_{index}.py"
            module.parent.mkdir(exist_ok=True)
            module.write_text(source, encoding="utf-8")
            class_name = f"Synthetic{number}{index}"
            groups.setdefault(kind.group, []).append(f"{name} = {stem}.part_{index}:{class_name}")
        (folder / stem / "__init__.py").touch()
        metadata = folder / f"{stem}-1.0.dist-info"
        metadata.mkdir()
        (metadata / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {stem}\nVersion: 1.0\n\n" + _README_LINE * 160, encoding="utf-8"
        )
        (metadata / "entry_points.txt").write_text(
            "".join(f"[{group}]\n" + "\n".join(lines) + "\n" for group, lines in groups.items()),
            encoding="utf-8",
        )


class Sample(NamedTuple):
    """What one process took and printed."""

    seconds: float
    processor_seconds: float
    out: str
    err: str


def run(arguments: list[str], folder: Path) -> Sample:
    """Runs a Python process that sees the distributions."""
    environment = {k: v for k, v in os.environ.items() if k != discovery.VARIABLE}
    environment["PYTHONPATH"] = str(folder)
    began, worked = time.perf_counter(), _processor_seconds()
    done = subprocess.run(
        [sys.executable, *arguments], env=environment, capture_output=True, text=True, check=True
    )
    return Sample(time.perf_counter() - began, _processor_seconds() - worked, done.stdout, done.stderr)


def _processor_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


@click.command()
@click.option("--distributions", default=100, show_default=True)
@click.option("--plugins", default=3, show_default=True, help="In each distribution.")
@click.option("--rounds", default=20, show_default=True)
@click.option("--seed", default=0, show_default=True, help="Decides the order in each round.")
def main(distributions: int, plugins: int, rounds: int, seed: int) -> None:
    """Measures and prints a table."""
    shuffle = random.Random(seed)
    samples: dict[str, list[Sample]] = {name: [] for name in COMMANDS}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        install(folder, distributions, plugins)
        listing = run(["-c", _REPORT], folder)  # warms the disk's cache as well
        seen = listing.out.count('"full_name": "synthetic-zoo-')
        assert seen == distributions * plugins, f"{seen} of {distributions * plugins} plugins are listed"
        imported = [
            module
            for module in listing.err.split()
            if module.startswith("synthetic_zoo") or module in ("torch", "numpy")
        ]
        assert not imported, f"listing imports {imported}"
        for _ in range(rounds):
            for command in shuffle.sample(list(COMMANDS), k=len(COMMANDS)):
                samples[command].append(run(COMMANDS[command], folder))
    version = sys.version.split()[0]
    click.echo(f"{seen} plugins in {distributions} distributions, {rounds} rounds, Python {version}\n")
    click.echo(
        "| | ms, median (range) | against `import torch` | processor ms | against `import torch` |\n"
        "|---|---|---|---|---|"
    )
    for command, own in samples.items():
        clock = _figures([s.seconds for s in own], [s.seconds for s in samples["import torch"]])
        worked = _figures(
            [s.processor_seconds for s in own], [s.processor_seconds for s in samples["import torch"]]
        )
        click.echo(f"| `{command}` | {clock} | {worked} |")


def _figures(seconds: list[float], torch: list[float]) -> str:
    low, middle, high = (1000 * f(seconds) for f in (min, statistics.median, max))
    ratio = statistics.median(own / other for own, other in zip(seconds, torch, strict=True))
    return f"{middle:.0f} ({low:.0f}-{high:.0f}) | {ratio:.3f}"


if __name__ == "__main__":
    main()
