"""What `ganzoo evaluate` prints: figures, the ends of their scale, differences, the protocol."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import TYPE_CHECKING, Any

import click

from ganzoo.cli.output import heading, print_listing, print_text
from ganzoo.evaluation.in_words import sentences
from ganzoo.text import leaves, rounded

if TYPE_CHECKING:
    from ganzoo.evaluation.comparison import Difference, Repeats
    from ganzoo.evaluation.figures import Evaluation, Figure


def _interval(figure: Figure) -> str:
    return f"{rounded(figure.low)} to {rounded(figure.high)}"


def _direction(figure: Figure) -> str:
    return {True: "lower is better", False: "higher is better", None: "neither high nor low is best"}[
        figure.is_lower_better
    ]


def print_evaluation(evaluation: Evaluation) -> None:
    """Prints one evaluation."""
    heading(evaluation.samples)
    print_listing([(f.name, rounded(f.value), _interval(f), _direction(f)) for f in evaluation.figures])
    _print_scale([evaluation])
    words = list(sentences(evaluation))
    if words:
        click.echo()
        heading("In words")
        print_listing([(sentence,) for sentence in words])
    _print_protocol([evaluation.protocol])


def _print_scale(evaluations: Sequence[Evaluation]) -> None:
    """What noise and real images get, so that a figure says something to whoever sees its kind first."""
    scale = evaluations[0].scale
    if not scale:
        return
    click.echo()
    heading("For scale")
    names = {figure.metric: figure.name for figure in evaluations[0].figures}
    rows = [("", "noise", "real images")]
    for metric, ends in scale.items():
        rows.append((names[metric], rounded(ends.noise), "-" if ends.real is None else rounded(ends.real)))
    print_listing(rows)


def _print_protocol(protocols: Sequence[Mapping[str, Any]]) -> None:
    """Prints what all evaluations share, and the names of what differs between them."""
    first, *others = [dict(leaves(protocol)) for protocol in protocols]
    names = dict.fromkeys(name for each in (first, *others) for name in each)
    differing = [name for name in names if any(each.get(name) != first.get(name) for each in others)]
    click.echo()
    heading("Protocol")
    print_listing(
        [
            (name if is_first else "", str(line))
            for name, value in ((name, first[name]) for name in names if name not in differing)
            for is_first, line in _lines(value)
        ]
    )
    if differing:
        print_text(f"  not the same in all, see --json: {', '.join(differing)}")


def _lines(value: object) -> list[tuple[bool, object]]:
    """The lines that a value is printed on, and whether it is the first: a list has one for each item."""
    items = value if isinstance(value, list | tuple) else [] if value is None else [value]
    return [(index == 0, item) for index, item in enumerate(items)]


def print_comparison(evaluations: Sequence[Evaluation], differences: Sequence[Difference]) -> None:
    """Prints several evaluations side by side, and which differences are real."""
    from ganzoo.evaluation.comparison import repeats

    heading("Figures")
    written = [{f.name: f"{rounded(f.value)} ({_interval(f)})" for f in each.figures} for each in evaluations]
    names = dict.fromkeys(name for each in written for name in each)  # samples without labels have fewer
    print_listing(
        [
            ("", *(each.samples for each in evaluations)),
            ("step", *(f"{each.training.step:,}" if each.training else "-" for each in evaluations)),
            (
                "real images seen",
                *(f"{each.training.images_seen:,}" if each.training else "-" for each in evaluations),
            ),
            *((name, *(each.get(name, "-") for each in written)) for name in names),
        ]
    )
    _print_scale(evaluations)
    groups = repeats(evaluations)
    has_repeats = len(groups) < len(evaluations)
    if has_repeats:
        click.echo()
        heading("Seeds of one setting, mean and range")
        print_listing(
            [(figure.name, group.name, _range(group, figure.metric)) for figure in evaluations[0].figures
             for group in groups]
        )  # fmt: skip
    if differences:
        click.echo()
        of = "between settings, over their seeds" if has_repeats else "of these trainings, not of other seeds"
        heading(f"Differences, adjusted for the number of pairs; {of}")
        print_listing([_verdict(difference) for difference in differences])
    _print_protocol([each.protocol for each in evaluations])


def _range(group: Repeats, metric: str) -> str:
    values = [f.value for each in group.evaluations for f in each.figures if f.metric == metric]
    return f"{rounded(fmean(values))} ({rounded(min(values))} to {rounded(max(values))})" if values else "-"


def unequal_budgets(evaluations: Sequence[Evaluation]) -> str | None:
    """A warning where the trainings that are compared were not given the same."""
    seen = {each.samples: each.training.images_seen for each in evaluations if each.training is not None}
    if len(set(seen.values())) < 2:
        return None
    said = ", ".join(f"{name} {images:,}" for name, images in seen.items())
    return (
        f"these trainings were not given the same (real images seen: {said}), which may be all that differs"
    )


def _verdict(difference: Difference) -> tuple[str, str, str]:
    pair = f"{difference.first} and {difference.second}"
    if difference.p_value is None:
        return difference.name, pair, "undecided: a single seed on one side"
    chance = f"p {difference.p_value:.2g}" if difference.p_value >= 1e-4 else "p < 0.0001"
    if not difference.is_real:
        return difference.name, pair, f"may be chance ({chance})"
    better = f", {difference.better} is better" if difference.better else ""
    return difference.name, pair, f"real{better} ({chance})"
