"""`ganzoo requirements`: what a run needs, for pip."""

from __future__ import annotations

from pathlib import Path

import click

from ganzoo.cli.output import note


@click.command("requirements")
@click.argument("run", type=click.Path(path_type=Path))
def command(run: Path) -> None:
    """Print what RUN was made with, a line each: ganzoo-torch, torch, and the plugins' distributions.

    \b
    ganzoo requirements runs/... > requirements.txt
    pip install -r requirements.txt

    RUN is a run folder, a checkpoint file, or the name of weights. Plugins in files can't be installed: they
    are named on stderr. Look at the names before you install what a stranger's run asks for.
    """  # noqa: D301, click's own mark against rewrapping
    from ganzoo.runs.requirements import requirements_of

    needed = requirements_of(run)
    for line in needed.lines:
        click.echo(line)
    for name, version in needed.elsewhere.items():
        note(f"and {name} ({version}), which is in no package")
