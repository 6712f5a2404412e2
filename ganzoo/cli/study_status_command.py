"""`ganzoo study status`: how far a study is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ganzoo.cli.options import json_option
from ganzoo.cli.output import note, print_json, print_table
from ganzoo.cli.study_options import read_study, study_argument

if TYPE_CHECKING:
    from ganzoo.study.folder import StudyFolder


@click.command("status")
@study_argument
@json_option
def command(study: StudyFolder, as_json: bool) -> None:
    """Show how far STUDY is, training by training, in the order in which they begin."""
    summary = read_study(study)
    from ganzoo.study import tables

    table = tables.trainings(summary)
    if as_json:
        print_json({"states": summary.states, "trainings": table.records})
    else:
        note(tables.progress(summary))
        if table.records:
            print_table(table)
