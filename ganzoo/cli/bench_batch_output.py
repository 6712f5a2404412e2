"""What `ganzoo bench --find-batch` prints: a row a batch, then a sentence and the command to use it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import click

from ganzoo.benchmark.measure.batch_search import BatchSearch
from ganzoo.benchmark.measure.cells import Axes
from ganzoo.benchmark.report import Row
from ganzoo.benchmark.show.columns import PEAK, STATE, TIMES, Entry
from ganzoo.benchmark.show.keys import bare, key_fields, setting_name
from ganzoo.benchmark.show.scaling import Doubling, bend, doublings
from ganzoo.benchmark.show.training_command import training_command
from ganzoo.cli.output import print_labelled, print_table
from ganzoo.settings.configuration import TRAINING
from ganzoo.tables import table
from ganzoo.text import change

SHOWN: Final = ("images_per_second", "half_width", "median_ns")
"""Columns of times that the table has."""


def print_batches(found: Sequence[BatchSearch], chosen: Mapping[str, str]) -> None:
    """Prints one table of all searches, and below it a verdict and a command for each.

    Args:
        found: what the search of every choice has found.
        chosen: settings that the command has to name besides the batch, `section.key` to value.
    """
    rows = [row for each in found for row in each.rows]
    fields = [field for field in TIMES if field.name in SHOWN]
    entries = [Entry(source="", row=row) for row in rows]
    print_table(table([*key_fields([row.key for row in rows]), *fields, PEAK, STATE[-1]], entries))
    click.echo()
    for each in found:
        print_labelled("verdict", f"{_name(each, found)}{verdict(each)}")
        batch, key = recommended(each.rows), each.rows[0].key
        if batch is not None and key.phase in ("train-step", "run"):  # a training needs more than the others
            print_labelled("use it", training_command(key, {**chosen, "training.batch_size": str(batch)}))


def asked(axes: Axes) -> dict[str, str]:
    """What a training has to be told besides, where exactly one precision or compilation was asked for."""
    values = {"precision": axes.precisions, "compile": tuple("true" for on in axes.compile if on)}
    return {f"{TRAINING}.{name}": given[0] for name, given in values.items() if len(given) == 1}


def searches_to_json(found: Sequence[BatchSearch]) -> dict[str, Any]:
    """The searches as JSON can say them; their rows are in the report."""
    return {"batch_searches": [_to_json(each) for each in found]}


def _to_json(each: BatchSearch) -> dict[str, Any]:
    first = each.rows[0].key
    turn = bend(doublings(each.rows))
    return {
        "model": first.model,
        "phase": first.phase,
        "settings": dict(first.settings),
        "batch_sizes": [row.key.batch_size for row in each.rows if row.status == "ok"],
        "largest": _largest(each.rows),
        "end": each.end,
        "predicted_limit": each.limit,
        "knee": None if turn is None else turn.batch,
        "knee_is_sure": None if turn is None else turn.is_sure,
        "recommended": recommended(each.rows),
        "doublings": [
            {"batch": gain.batch, "gain": gain.estimate, "gain_interval": [gain.low, gain.high]}
            for gain in doublings(each.rows)
        ],
    }


def recommended(rows: Sequence[Row]) -> int | None:
    """The knee, or the largest batch that was measured where there is no knee."""
    turn = bend(doublings(rows))
    return _largest(rows) if turn is None else turn.batch


def verdict(each: BatchSearch) -> str:
    """One sentence: the largest batch, why there is none larger, and where doubling stops to pay."""
    largest = _largest(each.rows)
    if largest is None:
        return f"no batch could be measured: {each.end}"
    limit = "" if each.limit is None or each.limit <= largest else f"; memory should hold {each.limit:,}"
    gains = doublings(each.rows)
    turn = bend(gains)
    if turn is not None:
        paid = f"{_knee(turn)} doubling it changes images/s by {_gain(turn)}"
    elif gains:
        paid = f"there is no knee up to there: the last doubling changes images/s by {_gain(gains[-1])}"
    else:
        paid = "one batch alone has no knee"
    return f"{largest:,} is the largest batch measured ({each.end}{limit}), and {paid}"


def _knee(turn: Doubling) -> str:
    return f"{turn.batch:,} {'is' if turn.is_sure else 'may be'} the knee:"


def _gain(gain: Doubling) -> str:
    return f"{change(gain.estimate)} ({change(gain.low)} to {change(gain.high)})"


def _largest(rows: Sequence[Row]) -> int | None:
    return max((row.key.batch_size for row in rows if row.status == "ok"), default=None)


def _name(each: BatchSearch, found: Sequence[BatchSearch]) -> str:
    """What tells this search from the others; nothing where it is the only one."""
    if len(found) == 1:
        return ""
    key = each.rows[0].key
    settings = [f"{setting_name(name)} {bare(value)}" for name, value in key.settings.items()]
    shown = [bare(key.model), key.phase, key.image, key.precision, *settings]
    return f"{', '.join(shown)}: "
