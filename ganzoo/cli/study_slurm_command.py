"""`ganzoo study slurm`: an array job of workers."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from ganzoo.cli.options import COUNT
from ganzoo.cli.study_options import study_argument


@click.command("slurm")
@study_argument
@click.option("--workers", metavar="N", type=COUNT, default=4, show_default=True, help="Jobs of the array.")
def command(study: Path, workers: int) -> None:
    """Print an array job for sbatch, each of whose jobs works on STUDY until nothing is left.

    \b
    ganzoo study slurm STUDY --workers 8 > job.sh
    sbatch --time 4:00:00 --gres gpu:1 job.sh

    A job that ends before the study does loses nothing: submit the array again.
    """  # noqa: D301, click's own mark against rewrapping
    from ganzoo.study.folder import StudyFolder

    folder = StudyFolder(study.resolve())
    threads = folder.read().design.threads
    click.echo(
        "#!/bin/bash\n"
        f"#SBATCH --job-name={shlex.quote('ganzoo-' + folder.path.name)}\n"
        f"#SBATCH --array=1-{workers}\n"
        f"#SBATCH --cpus-per-task={threads}\n"
        "#SBATCH --signal=B:TERM@60\n"
        f"exec ganzoo study work {shlex.quote(str(folder.path))}"
    )
