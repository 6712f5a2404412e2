"""`ganzoo new`: a ready-to-edit plugin package."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ganzoo import scaffolding
from ganzoo.cli.options import KindName, path_option
from ganzoo.cli.output import note
from ganzoo.errors import UsageError
from ganzoo.scaffolding import Package


@click.command("new")
@click.argument("kind", type=KindName())
@click.argument("name")
@path_option("--out", metavar="DIR", help="Folder, new or empty [ganzoo-NAME].")
@click.option("--conditional", "is_conditional", is_flag=True, help="Of a model: one that takes labels.")
@path_option("--run", help="Of weights: the run or checkpoint whose generator they are.")
@click.option("--licence", metavar="SPDX", help="Of weights: their licence, such as MIT or CC-BY-4.0.")
@path_option("--figures", metavar="FILE", help="Of weights: what `ganzoo evaluate RUN --json` has printed.")
@click.option("--trained-by", metavar="COMMAND", help="Of weights: the command that trained them.")
@click.option("--discriminator", is_flag=True, help="Of weights: keep the discriminator too.")
def command(kind: str, name: str, out: Path | None, is_conditional: bool, **of_weights: Any) -> None:
    """Write a plugin package of KIND that works as it is: edit it from there.

    NAME is the plugin's name, such as soft-plus; of weights, MODEL.TAG, such as dcgan.cifar10. The package
    is called ganzoo-NAME and has a class, an entry point, a conformance test and a README. One of weights
    also has the generator of --run, in half precision where that changes no pixel by more than a level, and
    a picture; its folder is a repository for a model hub as it is.
    """
    if kind == "weights" and is_conditional:
        raise UsageError("--conditional is for: ganzoo new model NAME; weights are as their run is")
    if kind != "weights":
        package = _of_kind(kind, name, is_conditional, of_weights)
    else:
        package = _of_run(name, **of_weights)
    folder = Path(package.distribution) if out is None else out
    scaffolding.write(package, folder)
    note(f"next: cd {folder} && pip install --editable '.[test]' && ganzoo check {name}")
    click.echo(folder)


def _of_kind(kind: str, name: str, is_conditional: bool, of_weights: dict[str, Any]) -> Package:
    given = [f"--{option.replace('_', '-')}" for option, value in of_weights.items() if value]
    if given:
        raise UsageError(f"{given[0]} is for: ganzoo new weights NAME --run RUN")
    return scaffolding.package(kind, name, is_conditional=is_conditional)


def _of_run(
    name: str,
    run: Path | None,
    licence: str | None,
    figures: Path | None,
    trained_by: str | None,
    discriminator: bool,
) -> Package:
    if run is None or licence is None or not licence.strip():
        raise UsageError("weights are of a run and have a licence: add --run RUN and --licence SPDX")
    from ganzoo.export.weights_package import weights_package_of

    return weights_package_of(
        run, name, licence=licence, command=trained_by, figures=figures, keeps_discriminator=discriminator
    )
