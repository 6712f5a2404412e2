"""`ganzoo study`: a fair comparison, or a search, and the commands that go on with one and show it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import click

from ganzoo.cli.options import COUNT, complete_plugins, path_option, plugin_kinds, plugin_options
from ganzoo.cli.output import note
from ganzoo.cli.run_group import WORDS, RunGroup
from ganzoo.cli.study_options import (
    devices_option,
    open_optuna,
    storage_option,
    work_command,
    workers_option,
)
from ganzoo.errors import UsageError
from ganzoo.evaluation.selection import require_periodic
from ganzoo.settings.configuration import NAME, RUN
from ganzoo.settings.recipes import RECIPE
from ganzoo.settings.values import parse_assignment
from ganzoo.study.axes import Axis, named_axis, parse_axis, require_undecided
from ganzoo.study.budget import parse_budget
from ganzoo.study.design import MARGIN, Design
from ganzoo.study.file import StudyFile, read_study_file
from ganzoo.study.refusals import require_possible, require_search

SUBCOMMANDS: Final = {
    "work": "Train what a study has left, here and now.",
    "status": "Show how far a study is, training by training.",
    "show": "Show variants and verdicts.",
    "report": "Write one page about a study, for the browser.",
    "extend": "Add seeds to a study.",
    "slurm": "Write an array job that works on a study.",
}
"""Each command below `study` and its line of help; it lives in `ganzoo.cli.study_<name>_command`."""


def _run() -> click.Command:
    return run


@click.group("study", cls=RunGroup, subcommands=SUBCOMMANDS, run=_run)
def command() -> None:
    """Compare variants of a training fairly."""


_SEVERAL: Final = {"vary": "axes", "budget": "budgets", "metric": "metrics"}
"""What may be given several times, and the parameter that holds it."""


def _read_base(context: click.Context, _: click.Parameter, path: Path | None) -> StudyFile:
    """Reads the file of --base, whose options hold where the command names none."""
    if path is None:
        return StudyFile()
    found = read_study_file(path)
    context.default_map = {_SEVERAL.get(name, name): value for name, value in found.options.items()}
    return found


@click.command("run")
@click.argument("model", required=False, shell_complete=complete_plugins("model"))
@click.option(
    "--vary", "axes", metavar="KEY=A,B", multiple=True, help="What differs; a component or any setting."
)
@click.option("--seeds", metavar="N", type=COUNT, help="Trainings of each variant [3].")
@click.option(
    "--budget",
    "budgets",
    metavar="B",
    multiple=True,
    help="10m, processor=10m, images=500k, steps=1000; until=M<X.",
)
@path_option("--out", metavar="DIR", help="Folder of the study, new or empty.")
@path_option(
    "--base",
    metavar="FILE",
    is_eager=True,
    callback=_read_base,
    help="Settings and, in [study], these options in TOML; or a run's config.json.",
)
@click.option("--recipe", metavar="NAME", help="Which of the model's recipes [paper]; see ganzoo show MODEL.")
@plugin_options
@click.option("--set", "assignments", metavar="SECTION.KEY=VALUE", multiple=True, help="Any other setting.")
@path_option("--data-dir", metavar="DIR", help="Folder with the data set's files.")
@click.option("--metric", "metrics", metavar="NAME", multiple=True, help="What is judged [frechet-distance].")
@click.option("--margin", metavar="X", type=click.FloatRange(0, 1), default=MARGIN, show_default=True,
              help="Share of the mean that counts as the same.")  # fmt: skip
@click.option(
    "--evaluations", metavar="N", type=COUNT, default=5, show_default=True, help="Of each training."
)
@click.option("--trials", metavar="N", type=COUNT, help="Search: try so many combinations.")
@click.option("--prune", is_flag=True, help="Search: give up early what looks worse.")
@click.option("--unpaired", is_flag=True, help="A seed of its own for every training.")
@workers_option
@click.option("--threads", metavar="N", type=COUNT, help="Of each training [the cores over --workers].")
@devices_option
@storage_option
@click.option("--plan", "is_plan", is_flag=True, help="Predict the cost and stop; study work goes on.")
def run(
    model: str | None,
    axes: tuple[str, ...],
    seeds: int | None,
    budgets: tuple[str, ...],
    out: Path | None,
    base: StudyFile,
    assignments: tuple[str, ...],
    metrics: tuple[str, ...],
    margin: float,
    evaluations: int,
    trials: int | None,
    prune: bool,
    unpaired: bool,
    workers: int,
    threads: int | None,
    devices: tuple[str, ...],
    storage: str | None,
    is_plan: bool,
    **options: Any,
) -> None:
    """Compare variants of a training of MODEL: the same but for what --vary names, seed by seed.

    \b
    ganzoo study dcgan --dataset digits --vary upsampling=resize-conv,pixel-shuffle
                 --seeds 5 --budget images=500k --out upsamplings
    ganzoo study --base acgan.toml --vary model=acgan,sngan-projection
                 --vary objective=bce,hinge --seeds 5 --budget 10m --out labels
    ganzoo study dcgan --dataset digits --vary training.learning_rate=1e-4..1e-3:log
                 --trials 30 --budget 2m --out rates

    Every combination is checked and a few steps of it are measured before the first training begins. Press
    Ctrl-C to stop; ganzoo study work goes on. It needs the extra `study`.
    """  # noqa: D301, click's own mark against rewrapping
    if model is not None and Path(model, "study.json").is_file():
        raise UsageError(
            f"{model} is a study, where a new one takes a MODEL; did you mean ganzoo study show {model}\n"
            f"commands: {', '.join(SUBCOMMANDS)}"
        )
    if out is None:
        raise UsageError("a study needs a folder; name one with --out DIR")
    if trials is not None and seeds is not None:
        raise UsageError("--trials searches with one training a combination: leave out --seeds")
    named = (named_axis(base.variants),) if base.variants else ()
    parsed = (*named, *map(parse_axis, axes))
    require_search(parsed, trials, prune, not unpaired)
    chosen = metrics or ("frechet-distance",)
    for metric in chosen:
        require_periodic(metric, "--metric")
    given = _given(model, options, assignments)
    _require_model(parsed, (base.settings, given))
    design = Design(
        file=base.settings,
        given=given,
        axes=parsed,
        seeds=1 if trials is not None else seeds or 3,
        budget=parse_budget(budgets),
        metrics=tuple(dict.fromkeys(chosen)),
        margin=margin,
        evaluations=evaluations,
        threads=threads or max(1, (os.cpu_count() or 1) // workers),
        trials=trials,
        is_pruned=prune,
        is_paired=not unpaired,
    )
    require_possible(design)  # before anything heavy is imported
    open_optuna()
    from ganzoo.environment import describe_environment
    from ganzoo.study import creation
    from ganzoo.study.folder import StudyFolder
    from ganzoo.study.worker import work

    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    folder = StudyFolder(out, storage)
    creation.create(
        folder,
        design,
        command=("study", *click.get_current_context().meta[WORDS]),
        environment={**describe_environment(), "load_average": load},
        workers=workers,
        device=devices[0] if devices else None,
        tell=note,
    )
    if is_plan:
        note(f"nothing is trained yet; begin with: {work_command(folder)}")
    else:
        from ganzoo.cli.study_progress import progress
        from ganzoo.cli.study_show_command import show

        with progress(folder) as tell:
            work(folder, workers, devices, tell)

        show(folder)
    click.echo(out)


def _given(model: str | None, options: dict[str, Any], assignments: tuple[str, ...]) -> dict[str, Any]:
    """The settings of the command line.

    Raises:
        UsageError: one of them is decided by the study itself.
    """
    keys = {kind.name.replace("-", "_"): f"{kind.name}.{NAME}" for kind in plugin_kinds()}
    keys |= {RECIPE: f"model.{RECIPE}", "data_dir": f"{RUN}.data_dir"}
    given = {} if model is None else {f"model.{NAME}": model}
    given |= {keys[name]: _text(value) for name, value in options.items() if value not in (None, ())}
    given |= dict(parse_assignment(text) for text in assignments)
    for key in given:
        require_undecided(key)
    return given


def _require_model(axes: tuple[Axis, ...], settings: tuple[Mapping[str, Any], ...]) -> None:
    """Refuses a study of no model.

    Raises:
        UsageError: neither the settings name one nor what varies.
    """
    key = f"model.{NAME}"
    varied = [axis.settings_of(value) for axis in axes for value in axis.ends]
    if not any(key in each for each in (*settings, *varied)):
        raise UsageError("no model is named; say which: ganzoo study MODEL ... (see ganzoo list model)")


def _text(value: str | Path | tuple[str, ...]) -> str:
    """As settings take it, and JSON keeps it."""
    if isinstance(value, tuple):
        return ",".join(value)
    return str(value.resolve()) if isinstance(value, Path) else value
