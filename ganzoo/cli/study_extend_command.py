"""`ganzoo study extend`: more seeds for a study."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ganzoo.cli.options import COUNT
from ganzoo.cli.output import note
from ganzoo.cli.study_options import open_optuna, study_argument, work_command
from ganzoo.text import count

if TYPE_CHECKING:
    from ganzoo.study.folder import StudyFolder


@click.command("extend")
@study_argument
@click.option("--seeds", metavar="N", type=COUNT, required=True, help="The new number of all seeds.")
def command(study: StudyFolder, seeds: int) -> None:
    """Add seeds to STUDY, so that each variant has N trainings; study work then trains them.

    Deciding after a look whether to go on raises the chance of a false verdict: plan the seeds before.
    """
    study.read()
    open_optuna()
    from ganzoo.study.creation import extend

    added = extend(study, seeds)
    note(f"{count(added, 'training')} more; begin with: {work_command(study)}")
