"""Every model of the zoo for the same seconds of training: speed, memory, quality; a Markdown table.

    python benchmarks/zoo.py --dataset fashion-mnist --data-dir DIR --seconds 300 --out zoo-fashion

Each contender trains in a process of its own, then its moving average is judged by the data set's own
classifier: the Fréchet distance between `--num` samples and all training images in the classifier's
features, and for a conditional model the share of samples in the class asked for. Judging is not part
of the budget. A learning rate that falls to zero at the end never does, since nobody knows the end.
`--out` keeps runs, grids, all of them in grids.png, table.md and results.json; called again, it goes on
where it was stopped. A failure is a result too; delete its folder to try again.
"""

from __future__ import annotations

import json
import signal
import sys
from pathlib import Path
from typing import Any

import click
from zoo_training import machine
from zoo_training.contenders import Contender, choose
from zoo_training.judgement import ACCURACY, DISTANCE
from zoo_training.pictures import joined
from zoo_training.trial import Trial, conduct

from ganzoo.errors import GanzooError
from ganzoo.files import write_text
from ganzoo.sampling.files import save_image

HEADINGS = ("", "images/s", "images", "peak memory, MiB", "Fréchet distance", "class accuracy", "remarks")


def trial_of(
    contender: Contender, dataset: str, data_dir: Path | None, seconds: float, num: int, seed: int
) -> Trial:
    """What a contender is asked."""
    place = {} if data_dir is None else {"training.data_dir": str(data_dir.resolve())}
    own = {"dataset.name": dataset, **place, "training.seed": seed}
    return Trial(contender.name, {**contender.settings, **own}, {"seconds": seconds}, num)


def cells(name: str, result: dict[str, Any]) -> tuple[str, ...]:
    """A row of the table."""
    if "problem" in result:
        return (name, *[""] * 5, result["problem"].replace("|", "/"))
    memory = result["resident_peak_bytes"]
    return (
        name,
        f"{result['images_per_second']:.0f}",
        f"{result['images']:,}",
        "not measured" if memory is None else f"{memory / 2**20:,.0f}",
        _interval(result[DISTANCE], 1, ".1f"),
        _interval(result[ACCURACY], 100, ".1f", " %") if ACCURACY in result else "",
        ", ".join(result["warnings"]),
    )


def _interval(figure: dict[str, float], factor: float, form: str, unit: str = "") -> str:
    value, low, high = (format(factor * figure[key], form) for key in ("value", "low", "high"))
    return f"{value}{unit} ({low}-{high})"


def ranked(results: dict[str, dict[str, Any]]) -> list[str]:
    """Names, the smallest Fréchet distance first, whoever has none last."""
    return sorted(results, key=lambda name: results[name].get(DISTANCE, {}).get("value", float("inf")))


def table(results: dict[str, dict[str, Any]]) -> str:
    """Markdown, in the order of `ranked`."""
    rows = [
        HEADINGS,
        ("---", *["---:"] * 5, "---"),
        *(cells(name, results[name]) for name in ranked(results)),
    ]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows) + "\n"


@click.command()
@click.option("--dataset", default="fashion-mnist", show_default=True)
@click.option("--data-dir", type=click.Path(path_type=Path), help="Folder with the data set's files.")
@click.option("--seconds", default=300.0, show_default=True, help="Training time of each contender.")
@click.option("--contenders", "path", type=click.Path(path_type=Path), help="TOML [all models as published].")
@click.option("--only", multiple=True, help="A contender that takes part [all]; may be repeated.")
@click.option("--num", default=5000, show_default=True, help="Samples that are judged.")
@click.option("--seed", default=0, show_default=True)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder; made, or gone on with.")
def main(
    dataset: str, data_dir: Path | None, seconds: float, path: Path | None, only: tuple[str, ...], num: int,
    seed: int, out: Path,
) -> None:  # fmt: skip
    """Train and judge every contender; print a Markdown table."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    results = {}
    try:
        for contender in choose(path, only):
            click.echo(f"{contender.name} ...", err=True)
            trial = trial_of(contender, dataset, data_dir, seconds, num, seed)
            results[contender.name] = conduct("zoo_training.budget_worker", trial, out / contender.name)
            click.echo("  " + " | ".join(filter(None, cells("", results[contender.name]))), err=True)
    except GanzooError as error:
        raise click.ClickException(str(error)) from None
    facts = machine.describe()
    text = (
        f"{dataset}, {seconds:g} s of training each, seed {seed}; Fréchet distance and class accuracy of "
        f"{num:,} samples by the data set's classifier, with 95 % intervals of the samples.\n"
        f"{machine.sentence(facts)}.\n\n{table(results)}"
    )
    content = {"schema": 1, "dataset": dataset, "seconds": seconds, "machine": facts, "results": results}
    write_text(out / "results.json", json.dumps(content, indent=1) + "\n")
    write_text(out / "table.md", text)
    grids = {name: out / name / "grid.png" for name in ranked(results) if DISTANCE in results[name]}
    picture = joined(grids)
    if picture is not None:
        save_image(picture, out / "grids.png")
    click.echo(text, nl=False)


if __name__ == "__main__":
    main()
