"""`ganzoo tune`: the fastest way to take a model's training steps on this device, without changing them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import click

from ganzoo.cli import bench_options
from ganzoo.cli.bench_refusals import require_data_set
from ganzoo.cli.bench_sweep import sweep_of, sweep_options
from ganzoo.cli.options import SEED, Number, WholeNumber, complete_plugins, json_option
from ganzoo.cli.output import print_json
from ganzoo.errors import UsageError
from ganzoo.settings.configuration import NAME, TRAINING, parse_file

_TRIED: Final = tuple(f"{TRAINING}.{name}" for name in ("precision", "compile", "cuda_graph"))
"""Settings that are there to be found."""


@click.command("tune")
@click.argument("model", required=False, shell_complete=complete_plugins("model"))
@sweep_options(lists=False)
@click.option("--batch-size", metavar="N", help="Images in one step [the recipe's]; no other is searched.")
@click.option("--device", metavar="NAME", default="auto", show_default=True, help="auto, cpu, cuda, cuda:1.")
@click.option(
    "--steps",
    metavar="N",
    type=WholeNumber(8),
    default=64,
    show_default=True,
    help="Of each training whose losses are compared.",
)
@click.option(
    "--launches", metavar="N", type=WholeNumber(1), default=3, show_default=True,
    help="Processes that measure each way.",
)  # fmt: skip
@click.option(
    "--max-time",
    metavar="SECONDS",
    type=Number(0, min_open=True),
    default=None,
    help="Longest time for the samples of each way [all share 36 s, 1 to 10 each].",
)
@click.option(
    "--seed", type=SEED, metavar="N", default=0, show_default=True, help="Decides the order, weights, noise."
)
@json_option
def command(
    model: str | None,
    assignments: tuple[str, ...],
    config_file: Path | None,
    batch_size: str | None,
    steps: int,
    as_json: bool,
    **options: Any,
) -> None:
    """Find the fastest way to take the training steps of MODEL here, and print the command.

    \b
    ganzoo tune dcgan --dataset cifar10
    ganzoo tune dcgan --batch-size 64 --objective hinge

    Precision, compilation and, on a CUDA device, the CUDA graph are measured as ganzoo bench does it.
    From the fastest on, each is trained for some steps, until the losses of one lie within what seeds
    alone change in plain fp32. Last, other batches are measured; they are another training. Options
    take one value each here.
    """  # noqa: D301, click's own mark against rewrapping
    sweep = sweep_of(options, assignments)
    _require_single(sweep)
    file = {} if config_file is None else parse_file(config_file)
    require_data_set(sweep, file)
    if model is None and f"model.{NAME}" not in file:
        raise UsageError("ganzoo tune needs a MODEL, or --config FILE\nsee ganzoo list model")
    if batch_size is not None and "," in batch_size:
        raise UsageError(f"ganzoo tune takes one --batch-size, not {batch_size}\nganzoo bench takes lists")
    sizes = () if batch_size is None else (bench_options.batch_size(batch_size),)

    from ganzoo.benchmark.measure import batch_search, tuning
    from ganzoo.cli.bench_output import progress
    from ganzoo.cli.tune_output import print_tuned, to_json

    request = tuning.TuningRequest(
        models=() if model is None else (model,), sweep=sweep, file=file, batch_sizes=sizes, **options
    )
    searches: tuple[batch_search.BatchSearch, ...] = ()
    with progress() as listener:
        tuned = tuning.tune(request, listener, steps)
        if not sizes:
            _, searches = batch_search.run(request.plan(request.like(tuned.chosen)), listener)
    if as_json:
        print_json(to_json(tuned, searches, steps))
    else:
        print_tuned(tuned, searches, steps)


def _require_single(sweep: Mapping[str, tuple[str, ...]]) -> None:
    """Refuses lists, and what the command is there to choose."""
    for key, values in sweep.items():
        if key in _TRIED:
            raise UsageError(f"ganzoo tune tries {key} itself: leave it out")
        if len(values) > 1:
            raise UsageError(
                f"ganzoo tune takes one value of {key}, not {','.join(values)}\nganzoo bench takes lists"
            )
