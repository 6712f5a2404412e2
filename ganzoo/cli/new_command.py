"""`ganzoo new`: a ready-to-edit plugin package."""

from __future__ import annotations

from pathlib import Path

import click

from ganzoo import scaffolding
from ganzoo.cli.options import KindName, path_option
from ganzoo.cli.output import note


@click.command("new")
@click.argument("kind", type=KindName())
@click.argument("name")
@path_option("--out", metavar="DIR", help="Folder, new or empty [ganzoo-NAME].")
def command(kind: str, name: str, out: Path | None) -> None:
    """Write a plugin package of KIND that works as it is: edit it from there.

    NAME is the plugin's name, such as soft-plus. The package is called ganzoo-NAME and has a class, an
    entry point, a conformance test and a README.
    """
    package = scaffolding.package(kind, name)
    folder = Path(package.distribution) if out is None else out
    scaffolding.write(package, folder)
    note(f"next: cd {folder} && pip install --editable '.[test]' && ganzoo check {name}")
    click.echo(folder)
