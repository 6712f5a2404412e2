"""`ganzoo study work`: trains what a study has left."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ganzoo.cli.output import note
from ganzoo.cli.study_options import devices_option, open_optuna, read_study, study_argument, workers_option

if TYPE_CHECKING:
    from ganzoo.study.folder import StudyFolder


@click.command("work")
@study_argument
@workers_option
@devices_option
def command(study: StudyFolder, workers: int, devices: tuple[str, ...]) -> None:
    """Train what STUDY has left, here and now; as many workers may do so as you like, on any machine that
    shares its folder.

    What a killed worker has begun goes on from its last checkpoint, bit for bit.
    """
    study.read()
    open_optuna()
    from ganzoo.cli.study_progress import progress
    from ganzoo.study import tables
    from ganzoo.study.worker import work

    with progress(study) as tell:
        work(study, workers, devices, tell)
    note(tables.progress(read_study(study)))
