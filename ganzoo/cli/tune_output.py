"""What `ganzoo tune` prints: every way that was measured, which of them compute the same, and the command."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from ganzoo.benchmark.codec import encode
from ganzoo.benchmark.measure.batch_search import BatchSearch
from ganzoo.benchmark.measure.tuning import CUDA_GRAPH, REFERENCES, Trial, Tuned
from ganzoo.benchmark.report import Row
from ganzoo.benchmark.show.columns import PEAK, STATE, TIMES, Entry
from ganzoo.benchmark.show.keys import key_fields
from ganzoo.benchmark.show.training_command import training_command
from ganzoo.cli.bench_batch_output import SHOWN, recommended, searches_to_json, verdict
from ganzoo.cli.output import print_labelled, print_table
from ganzoo.tables import table
from ganzoo.text import significant


def print_tuned(tuned: Tuned, searches: Sequence[BatchSearch], steps: int) -> None:
    """Prints a row for every way, then what was found out about its numbers, the verdict and the command."""
    rows = tuned.outcome.rows
    fields = [field for field in TIMES if field.name in (*SHOWN, "first_step_ns")]
    entries = [Entry(source="", row=row) for row in rows]
    print_table(table([*key_fields([row.key for row in rows]), *fields, PEAK, STATE[-1]], entries))
    click.echo()
    for what, why in tuned.not_tried.items():
        print_labelled("not tried", f"{what}: {why}")
    for trial in tuned.trials:
        print_labelled("numbers", f"{way(trial.row)}: {_finding(trial, steps)}")
    print_labelled("verdict", _verdict(tuned))
    print_labelled("use it", command_of(tuned.chosen))
    for search in searches:
        print_labelled("batch", verdict(search))
        batch = recommended(search.rows)
        if batch not in (None, tuned.chosen.key.batch_size):
            print_labelled("", f"--batch-size {batch} is another training, whose losses nobody has compared")


def to_json(tuned: Tuned, searches: Sequence[BatchSearch], steps: int) -> dict[str, Any]:
    """All of it as JSON can say it."""
    return {
        "command": command_of(tuned.chosen),
        "chosen": way(tuned.chosen),
        "speed_up": _times(tuned.chosen, tuned.plain),
        "steps": steps,
        "trials": [
            {
                "way": way(trial.row),
                "agrees": trial.agreement is not None and trial.agreement.agrees,
                "finding": _finding(trial, steps),
            }
            for trial in tuned.trials
        ],
        "not_tried": dict(tuned.not_tried),
        "rows": [encode(row) for row in tuned.outcome.rows],
        **searches_to_json(searches),
    }


def way(row: Row) -> str:
    """How a step was taken, in words."""
    key = row.key
    words = [key.precision, *["compiled"] * key.compile]
    return ", ".join([*words, *["CUDA graph"] * (key.settings.get(CUDA_GRAPH) == "true")])


def command_of(row: Row) -> str:
    """The training that takes its steps so."""
    key = row.key
    compiled = {"training.compile": "true"} if key.compile else {}
    chosen = {"training.batch_size": str(key.batch_size), "training.precision": key.precision, **compiled}
    return training_command(key, chosen)


def _finding(trial: Trial, steps: int) -> str:
    found = trial.agreement
    if found is None:
        return f"could not be trained: {trial.reason}"
    where = "within" if found.agrees else "outside"
    return (
        f"{where} seed noise over {steps} steps: at its worst the {found.loss}'s loss is "
        f"{significant(found.deviation)} off that of plain fp32 with the same seed, "
        f"and {significant(found.allowed)} is what {REFERENCES} other seeds allow"
    )


def _verdict(tuned: Tuned) -> str:
    if tuned.chosen is tuned.plain:
        if tuned.trials:
            return "plain fp32: what is faster than it computes something else"
        return "plain fp32: nothing here is faster than it by more than chance"
    return (
        f"{way(tuned.chosen)}: {_times(tuned.chosen, tuned.plain):.2f} times the images/s of plain fp32, "
        "with losses that can't be told from those of other seeds"
    )


def _times(row: Row, plain: Row) -> float:
    assert row.summary is not None, "what was chosen was measured"
    assert plain.summary is not None, "plain fp32 was measured"
    return row.summary.images_per_second / plain.summary.images_per_second
