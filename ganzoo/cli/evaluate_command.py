"""`ganzoo evaluate`: how good is what a run generates?"""

from __future__ import annotations

from pathlib import Path

import click

from ganzoo.cli.evaluation_output import print_comparison, print_evaluation, unequal_budgets
from ganzoo.cli.options import COUNT, WholeNumber, complete_plugins, json_option, path_option, seed_option
from ganzoo.cli.output import note, print_json
from ganzoo.errors import UsageError
from ganzoo.evaluation.protocols import PUBLISHED
from ganzoo.evaluation.request import make_request
from ganzoo.settings.limits import LARGEST_COUNT
from ganzoo.settings.values import parse_assignment
from ganzoo.tables import as_text, listing


def _protocols() -> str:
    """The table of protocols below the help."""
    columns = ("count", "real_count", "score_splits", "standing_passes")
    rows: list[tuple[str, ...]] = [("protocol", "generated", "real", "score's parts", "batch normalisation")]
    for name, published in PUBLISHED.items():
        texts = published.protocol.texts()
        rows.append((name, *(texts[column] for column in columns)))
    return "\b\n" + as_text(listing(rows))


@click.command("evaluate", epilog=_protocols())
@click.argument("sources", metavar="SOURCE...", nargs=-1, type=click.Path(path_type=Path))
@click.option("--compare", is_flag=True, help="Judge several SOURCEs and say which differences are real.")
@click.option(
    "--dataset", metavar="NAME", shell_complete=complete_plugins("dataset"), help="Real images [the run's]."
)
@click.option(
    "--protocol",
    metavar="NAME",
    type=click.Choice(list(PUBLISHED)),
    help="Judge as released code does: studiogan, stylegan or mimicry (table below).",
)
@click.option("--split", metavar="NAME", help="train or test [train, or the protocol's].")
@click.option(
    "--num", "count", type=COUNT, help="Images to judge [10,000; all of a file; or the protocol's]."
)
@click.option(
    "--standing-statistics",
    "standing_passes",
    metavar="N",
    type=WholeNumber(0, LARGEST_COUNT),
    help="Measure batch normalisation anew on N batches of 64 images [0, or the protocol's].",
)
@click.option("--metric", "metrics", metavar="NAME,...", help="Metrics, or all [those that apply].")
@click.option(
    "--features",
    metavar="NAME",
    shell_complete=complete_plugins("feature-extractor"),
    help="Feature extractor [one that needs the data set only].",
)
@click.option(
    "--set",
    "assignments",
    metavar="SECTION.KEY=VALUE",
    multiple=True,
    help="A setting of features, dataset or metric.NAME.",
)
@seed_option
@path_option("--data-dir", metavar="DIR", help="Folder with the data set's files.")
@click.option(
    "--fit",
    type=click.Choice(["crop", "pad", "stretch"]),
    help="Bring image files of another size to the real images' [refused].",
)
@click.option("--device", metavar="NAME", default="auto", show_default=True, help="auto, cpu, cuda, mps.")
@json_option
def command(
    sources: tuple[Path, ...],
    compare: bool,
    dataset: str | None,
    protocol: str | None,
    split: str | None,
    count: int | None,
    standing_passes: int | None,
    metrics: str | None,
    features: str | None,
    assignments: tuple[str, ...],
    seed: int,
    data_dir: Path | None,
    fit: str | None,
    device: str,
    as_json: bool,
) -> None:
    """Judge what SOURCE holds or generates against real images.

    SOURCE is a run folder, a checkpoint, a .npz of `ganzoo sample`, or a folder,
    .zip or .tar of images.

    \b
    ganzoo evaluate runs/... --split test
    ganzoo evaluate runs/... --protocol studiogan --features inception
    ganzoo evaluate samples.npz --dataset cifar10 --features inception --metric fid,kid --num 50000
    ganzoo evaluate runs/... --features timm:resnet18 --set features.weights=resnet18.safetensors
    ganzoo evaluate runs/... --metric vendi-score --set metric.vendi-score.order=2
    ganzoo evaluate --compare runs/a runs/b

    Every figure has a 95 % interval (other samples of the same generator) and belongs to the protocol
    printed below it: figures from other features, splits or numbers of samples don't compare. With
    --protocol its name is part of the figure's; an option that contradicts it is too.
    """  # noqa: D301, click's own mark against rewrapping
    _require_number(sources, compare)
    request = make_request(
        sources,
        dataset=dataset,
        features=features,
        settings=dict(parse_assignment(text) for text in assignments),
        metrics=metrics,
        protocol=protocol,
        split=split,
        count=count,
        standing_passes=standing_passes,
        seed=seed,
        data_dir=data_dir,
        device=device,
        fit=fit,
    )

    from ganzoo.cli.progress import logging_to_stderr
    from ganzoo.evaluation.call import carry_out
    from ganzoo.evaluation.comparison import compare as compare_evaluations

    with logging_to_stderr():
        evaluations = carry_out(request)
    if compare and (unequal := unequal_budgets(evaluations)):
        note(f"warning: {unequal}")
    for evaluation in evaluations:
        for warning in evaluation.warnings:
            note(f"warning: {f'{evaluation.samples}: ' if compare else ''}{warning}")
    differences = compare_evaluations(evaluations) if compare else ()
    if not compare:
        print_json(evaluations[0].to_json()) if as_json else print_evaluation(evaluations[0])
    elif as_json:
        listed = [vars(difference) for difference in differences]
        print_json({"reports": [each.to_json() for each in evaluations], "differences": listed})
    else:
        print_comparison(evaluations, differences)


def _require_number(sources: tuple[Path, ...], compare: bool) -> None:
    if compare and len(sources) < 2:
        raise UsageError("--compare takes two or more SOURCEs")
    if not compare and len(sources) != 1:
        hint = "; to compare several, add --compare" if sources else ""
        raise UsageError(
            f"name one SOURCE: a run, a checkpoint, a .npz, or a folder, .zip or .tar of images{hint}"
        )
