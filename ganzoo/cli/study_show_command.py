"""`ganzoo study show`: variants and verdicts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from ganzoo.cli.options import format_option, json_option
from ganzoo.cli.output import note, print_json, print_rendered, print_table
from ganzoo.cli.study_options import read_study, study_argument
from ganzoo.errors import UsageError

if TYPE_CHECKING:
    from ganzoo.study.folder import StudyFolder

_DISPENSABLE: Final = ("p_value",)
"""What a narrow terminal goes without: the verdict says it."""


@click.command("show")
@study_argument
@format_option
@json_option
def command(study: StudyFolder, table_format: str, as_json: bool) -> None:
    """Show the variants of STUDY and which differences are more than luck.

    csv is a row for each training, unrounded.
    """
    if as_json and table_format != "text":
        raise UsageError("--json prints everything in a form of its own: leave out --format")
    summary = read_study(study)
    from ganzoo.study import tables

    if as_json:
        print_json(summary.to_json())
    elif table_format == "csv":
        print_rendered(tables.trainings(summary), "csv")
    else:
        note(tables.progress(summary))
        print_rendered(tables.variants(summary), table_format)
        if summary.differences:
            click.echo()
            print_rendered(tables.differences(summary), table_format, dispensable=_DISPENSABLE)


def show(folder: StudyFolder) -> None:
    """Prints variants and verdicts."""
    from ganzoo.study import tables
    from ganzoo.study.summary import summarise

    summary = summarise(folder)
    print_table(tables.variants(summary))
    if summary.differences:
        click.echo()
        print_table(tables.differences(summary), dispensable=_DISPENSABLE)
