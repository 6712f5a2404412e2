"""`ganzoo study slurm`: an array job of workers."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import click

from ganzoo.cli.options import COUNT
from ganzoo.cli.study_options import study_argument

if TYPE_CHECKING:
    from ganzoo.study.folder import StudyFolder


@click.command("slurm")
@study_argument
@click.option("--workers", metavar="N", type=COUNT, default=4, show_default=True, help="Jobs of the array.")
def command(study: StudyFolder, workers: int) -> None:
    """Print an array job for sbatch, each of whose jobs works on STUDY until nothing is left.

    \b
    ganzoo study slurm STUDY --workers 8 > job.sh
    sbatch --time 4:00:00 --gres gpu:1 job.sh

    A job that ends before the study does loses nothing: submit the array again. A database is named by the
    variable GANZOO_STUDY_STORAGE, which sbatch hands on.
    """  # noqa: D301, click's own mark against rewrapping
    threads = study.read().design.threads
    click.echo(
        "#!/bin/bash\n"
        f"#SBATCH --job-name={shlex.quote('ganzoo-' + study.name)}\n"
        f"#SBATCH --array=1-{workers}\n"
        f"#SBATCH --cpus-per-task={threads}\n"
        "#SBATCH --signal=B:TERM@60\n"
        f"exec ganzoo study work {shlex.quote(str(study.path.resolve()))}"
    )
