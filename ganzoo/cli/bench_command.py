"""`ganzoo bench`: what an architecture costs, and the commands that read recordings and reports."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import click
from click.shell_completion import CompletionItem

from ganzoo.benchmark.measure.cells import Axes
from ganzoo.benchmark.measure.choices import model_choices
from ganzoo.benchmark.report import PHASES, USUAL_PHASES
from ganzoo.cli.bench_options import PRECISIONS, ListOf, batch_size, image, one_of, switch
from ganzoo.cli.bench_refusals import require_data_set, require_searchable, require_use
from ganzoo.cli.bench_sweep import sweep_of, sweep_options
from ganzoo.cli.options import SEED, Number, WholeNumber, complete_plugins, json_option, path_option
from ganzoo.cli.output import note, print_json
from ganzoo.cli.outputs import force_option, require_ending, require_output
from ganzoo.cli.run_group import RunGroup
from ganzoo.errors import UsageError
from ganzoo.settings.configuration import parse_file
from ganzoo.text import count

SUBCOMMANDS: Final = {
    "show": "Show reports as tables and plots.",
    "compare": "Compare two reports row by row.",
    "predict": "Say what whole trainings will take.",
    "trace": "Show where the time of a profiler's recording went.",
}
"""Each command below `bench` and its line of help; it lives in `ganzoo.cli.bench_<name>_command`."""


def complete_first(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Models, and the commands that may stand in their place."""
    commands = [
        CompletionItem(name, help=text) for name, text in SUBCOMMANDS.items() if name.startswith(incomplete)
    ]
    return [*complete_plugins("model")(ctx, param, incomplete), *commands]


def _run() -> click.Command:
    return run


@click.group("bench", cls=RunGroup, subcommands=SUBCOMMANDS, run=_run)
def command() -> None:
    """Measure what architectures cost."""


@click.command("run")
@click.argument("models", metavar="[MODEL]...", nargs=-1, shell_complete=complete_first)
@click.option(
    "--phase",
    "phases",
    metavar="LIST",
    type=ListOf("list", one_of("--phase", PHASES)),
    default=None,
    help=f"What to time: {', '.join(PHASES)} [{','.join(USUAL_PHASES)}; with --find-batch train-step].",
)
@click.option(
    "--batch-size",
    "batch_sizes",
    metavar="LIST",
    type=ListOf("list", batch_size),
    default=None,
    help="Images in one step [64; 8 in the overview of all models on a CPU].",
)
@click.option(
    "--image",
    "images",
    metavar="LIST",
    type=ListOf("list", image),
    default=None,
    help="Channels, height and width [3x32x32, or the first usual size that a model can draw].",
)
@click.option(
    "--precision",
    "precisions",
    metavar="LIST",
    type=ListOf("list", one_of("--precision", PRECISIONS)),
    default=None,
    help=f"Type of the matrix products: {', '.join(PRECISIONS)} [auto].",
)
@click.option(
    "--channels-last",
    metavar="LIST",
    type=ListOf("list", switch("--channels-last")),
    default="on",
    show_default=True,
    help="Memory layout: on, off, or on,off.",
)
@click.option(
    "--compile",
    metavar="LIST",
    type=ListOf("list", switch("--compile")),
    default=None,
    help="Compiled networks: on, off, or on,off [off].",
)
@sweep_options(lists=True)
@click.option("--device", metavar="NAME", default="auto", show_default=True, help="auto, cpu, cuda, cuda:1.")
@click.option(
    "--launches",
    metavar="N",
    type=WholeNumber(1),
    default=None,
    help="Processes that measure each row [3; 1 in that overview].",
)
@click.option(
    "--max-time",
    metavar="SECONDS",
    type=Number(0, min_open=True),
    default=None,
    help="Longest time for the samples of a row [all rows share 36 s, 1 to 10 each].",
)
@click.option(
    "--seed", type=SEED, metavar="N", default=0, show_default=True, help="Decides the order, weights, noise."
)
@click.option(
    "--find-batch",
    is_flag=True,
    help="Double the batch while memory suffices; say which is the largest, and where doubling stops to pay.",
)
@click.option(
    "--processor-time",
    is_flag=True,
    help="Count the processor's time, over all threads, not the clock's: for a CPU that others use too.",
)
@click.option("--kernels", is_flag=True, help="List kernels, on a CPU operators, from a pass of its own.")
@path_option("--out", metavar="FILE", help="Keep the report, for ganzoo bench show and compare.")
@force_option
@json_option
def run(
    models: tuple[str, ...],
    phases: Any,
    batch_sizes: Any,
    images: Any,
    precisions: Any,
    channels_last: Any,
    compile: Any,
    assignments: tuple[str, ...],
    config_file: Path | None,
    find_batch: bool,
    out: Path | None,
    force: bool,
    as_json: bool,
    **options: Any,
) -> int:
    """Measure images a second, memory and arithmetic of models; of all that are installed by default.

    \b
    ganzoo bench
    ganzoo bench dcgan cgan --batch-size 64,128 --out report.json
    ganzoo bench dcgan --phase train-step --precision fp32,bf16 --kernels
    ganzoo bench dcgan --phase train-step --objective bce,hinge --set model.channels=64,128
    ganzoo bench --config runs/.../config.json --phase train-step,data,run
    ganzoo bench dcgan --find-batch
    ganzoo bench predict dcgan cgan --dataset fashion-mnist

    Options that take a LIST sweep: there is a row for every combination. Every row is measured by
    processes of its own, interleaved with those of the other rows. Data are random and lie on the
    device, unless --dataset or --config names some. What the columns mean: docs/benchmarking.md.
    """  # noqa: D301, click's own mark against rewrapping
    axes = Axes(
        phases=phases or (("train-step",) if find_batch else USUAL_PHASES),
        batch_sizes=batch_sizes or (),
        images=images or (),
        precisions=precisions or (),
        channels_last=channels_last,
        compile=compile or (),
        sweep=sweep_of(options, assignments),
    )
    require_use(axes)
    file = {} if config_file is None else parse_file(config_file)
    require_data_set(axes.sweep, file)
    if find_batch:
        require_searchable(axes, is_named=bool(models or file))
    chosen = tuple(model_choices(models, axes.sweep, file, axes.batch_sizes))
    if out is not None:
        require_ending(out, ".json", "ganzoo bench")
        if not out.expanduser().parent.is_dir():
            raise UsageError(f"--out: there is no folder {out.expanduser().parent}")
        out = require_output(out, force=force)

    from ganzoo.benchmark import report
    from ganzoo.benchmark.measure import batch_search, harness, planning
    from ganzoo.cli.bench_batch_output import asked, print_batches, searches_to_json
    from ganzoo.cli.bench_output import print_report, progress

    plan = planning.Plan(choices=chosen, axes=axes, is_overview=not models and not file, **options)
    searches: tuple[batch_search.BatchSearch, ...] = ()
    with progress() as listener:
        if find_batch:
            outcome, searches = batch_search.run(plan, listener)
        else:
            outcome = harness.run(plan, listener)
    result = report.Report(
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        command=("ganzoo", *sys.argv[1:]),
        seed=options["seed"],
        environment=outcome.environment,
        rows=outcome.rows,
    )
    try:
        if out is not None:
            report.write(out, result)
    finally:  # a disk that is full by now does not take what was measured
        if as_json:
            print_json({**report.to_json(result), **(searches_to_json(searches) if find_batch else {})})
        elif searches:
            print_batches(searches, asked(axes))
        else:
            print_report(result)
    if out is not None:
        note(f"wrote {out}; see ganzoo bench show {out}")
    if outcome.exit_code:
        note(f"stopped as asked; until then it measured {count(len(outcome.rows), 'row')}")
        return outcome.exit_code
    return 0 if any(row.status == "ok" for row in outcome.rows) else 1
