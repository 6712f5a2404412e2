"""A race to quality: minutes of training until a conditional model's samples pass two marks.

    python benchmarks/race.py --contenders benchmarks/race.toml --data-dir DIR --out race

The marks: the data set's own classifier, which has seen real images only, puts `--accuracy` of the
samples in the class asked for; and the Fréchet distance between samples and training images in its
features has fallen to `--distance`. A model is judged whenever it has seen another `--every` real images,
and the first judgement that passes counts. Judging stops the clock; writing the checkpoint that comes
with it does not. The figure of a contender is the median over `--seeds`. `--out` keeps runs, curves,
table.md and results.json; called again, it goes on where it was stopped, and may be
given more seeds or contenders. A failure is a result too; delete its folder to try again.
"""

from __future__ import annotations

import json
import math
import signal
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from zoo_training import machine
from zoo_training.contenders import Contender, choose
from zoo_training.judgement import ACCURACY, DISTANCE
from zoo_training.trial import Trial, conduct

from ganzoo.errors import GanzooError, UsageError
from ganzoo.files import write_text
from ganzoo.settings.merging import resolve

Results = dict[str, dict[int, dict[str, Any]]]
"""Contender to seed to result."""


def trial_of(
    contender: Contender, shared: dict[str, Any], seed: int, every: int, ends: dict[str, float], num: int
) -> Trial:
    """What a contender is asked.

    Raises:
        UsageError: it takes no labels, or a setting is wrong.
    """
    if not contender.is_conditional:
        raise UsageError(f"{contender.name} takes no labels: nobody can ask it for a class")
    settings = {**contender.settings, **shared, "training.seed": seed}
    training = resolve(settings).training
    assert training is not None, "a contender is trained"
    steps = max(1, round(every / (training.batch_size * training.discriminator_steps)))
    own = {f"run.{key}_every": steps for key in ("evaluate", "log")}
    return Trial(contender.name, {**settings, **own}, ends, num)


def seconds_to(result: dict[str, Any], name: str, target: float) -> float:
    """Seconds of training until the first judgement that passes; infinite where none does."""
    passes = (lambda value: value <= target) if name == DISTANCE else (lambda value: value >= target)
    times = (point["seconds"] for point in result.get("curve", ()) if passes(point[name]))
    return next(times, math.inf)


def summary(seconds: Sequence[float]) -> str:
    """The median in minutes, and the seeds it is of."""
    return f"{_minutes(statistics.median(seconds))} ({', '.join(map(_minutes, seconds))})"


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:.1f}" if math.isfinite(seconds) else "not"


def table(results: Results, ends: dict[str, float]) -> str:
    """Markdown, the fastest to the accuracy first."""

    def times(name: str, mark: str) -> list[float]:
        return [seconds_to(result, mark, ends[mark]) for result in results[name].values()]

    headings = (
        "",
        f"minutes to {100 * ends[ACCURACY]:g} % in the class asked for, median (each seed)",
        f"minutes to a Fréchet distance of {ends[DISTANCE]:g}, median (each seed)",
        "best accuracy, best distance",
        "remarks",
    )
    rows: list[Sequence[str]] = [headings, ("---", "---:", "---:", "---:", "---")]
    for name in sorted(results, key=lambda name: statistics.median(times(name, ACCURACY))):
        points = [point for result in results[name].values() for point in result.get("curve", ())]
        best = (
            f"{100 * max(p[ACCURACY] for p in points):.1f} %, {min(p[DISTANCE] for p in points):.1f}"
            if points
            else ""
        )
        remarks = {
            remark
            for result in results[name].values()
            for remark in (*result.get("warnings", ()), *filter(None, [result.get("problem")]))
        }
        marks = (summary(times(name, mark)) for mark in (ACCURACY, DISTANCE))
        rows.append((name, *marks, best, ", ".join(sorted(remarks)).replace("|", "/")))
    return "\n".join(f"| {' | '.join(row)} |" for row in rows) + "\n"


@click.command()
@click.option("--dataset", default="fashion-mnist", show_default=True)
@click.option("--data-dir", type=click.Path(path_type=Path), help="Folder with the data set's files.")
@click.option("--contenders", "path", type=click.Path(path_type=Path), required=True, help="TOML file.")
@click.option("--only", multiple=True, help="A contender that takes part [all]; may be repeated.")
@click.option("--seeds", default=3, show_default=True, help="Trainings of each contender, seeds 0, 1, ...")
@click.option("--accuracy", default=0.8, show_default=True, help="Share in the class asked for.")
@click.option("--distance", default=40.0, show_default=True, help="Fréchet distance.")
@click.option("--limit", default=60.0, show_default=True, help="Minutes after which a training gives up.")
@click.option("--every", default=6000, show_default=True, help="Real images from one judgement to the next.")
@click.option("--num", default=2000, show_default=True, help="Samples of a judgement.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder; made, or gone on with.")
def main(
    dataset: str, data_dir: Path | None, path: Path, only: tuple[str, ...], seeds: int, accuracy: float,
    distance: float, limit: float, every: int, num: int, out: Path,
) -> None:  # fmt: skip
    """Race every contender to both marks; print a Markdown table."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    ends = {"seconds": 60 * limit, ACCURACY: accuracy, DISTANCE: distance}
    shared = {"dataset.name": dataset}
    if data_dir is not None:
        shared["run.data_dir"] = str(data_dir.resolve())
    results: Results = {}
    try:
        contenders = choose(path, only)
        for seed in range(seeds):  # a seed of everybody first, so that an early look compares like with like
            for contender in contenders:
                trial = trial_of(contender, shared, seed, every, ends, num)
                click.echo(f"{contender.name}, seed {seed} ...", err=True)
                result = conduct("zoo_training.race_worker", trial, out / f"{contender.name}-seed{seed}")
                results.setdefault(contender.name, {})[seed] = result
                times = (_minutes(seconds_to(result, mark, ends[mark])) for mark in (ACCURACY, DISTANCE))
                click.echo(f"  {' and '.join(times)} min {result.get('problem', '')}", err=True)
    except GanzooError as error:
        raise click.ClickException(str(error)) from None
    facts = machine.describe()
    text = (
        f"{dataset}; judged every {every:,} real images by {num:,} samples; gives up after {limit:g} min; "
        f"judging excluded.\n{machine.sentence(facts)}.\n\n{table(results, ends)}"
    )
    content = {"schema": 1, "dataset": dataset, "marks": ends, "machine": facts, "results": results}
    write_text(out / "results.json", json.dumps(content, indent=1) + "\n")
    write_text(out / "table.md", text)
    click.echo(text, nl=False)


if __name__ == "__main__":
    main()
