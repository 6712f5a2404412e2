"""`ganzoo list`: every installed plugin, read without importing any."""

from __future__ import annotations

import os
from fnmatch import fnmatchcase
from typing import Any

import click

from ganzoo.cli import COMMANDS
from ganzoo.cli.options import KindName, WholeNumber, complete_plugins, json_option
from ganzoo.cli.other_commands import third_party_commands
from ganzoo.cli.output import heading, note, print_json, print_listing
from ganzoo.errors import UsageError, near_matches
from ganzoo.plugins import discovery, lookup
from ganzoo.plugins.card import Card
from ganzoo.plugins.discovery import Plugin
from ganzoo.plugins.source import SourceError


def absence_hint() -> str:
    """What to do where no plugin is found."""
    if discovery.VARIABLE in os.environ:
        return f"{discovery.VARIABLE} hides those that it does not name; unset it to use them all"
    return "install the official plugins with: pip install 'ganzoo-torch[zoo]'"


@click.command("list")
@click.argument("kind", metavar="[KIND]", required=False, type=KindName())
@click.argument("pattern", default="*")
@click.option("-l", "--long", "is_long", is_flag=True, help="Also who provides each, and its settings.")
@click.option("--conditional/--unconditional", default=None, help="Models that take labels, or that don't.")
@click.option(
    "--resolution",
    type=WholeNumber(min=1),
    metavar="PIXELS",
    help="Models that say they draw images as high and wide as this, as they are set by default.",
)
@click.option(
    "--dataset",
    metavar="NAME",
    shell_complete=complete_plugins("dataset"),
    help="Models that say they draw images of this data set's size.",
)
@json_option
def command(
    kind: str | None,
    pattern: str,
    is_long: bool,
    conditional: bool | None,
    resolution: int | None,
    dataset: str | None,
    as_json: bool,
) -> None:
    """List every installed plugin: its name and what it is, a line each.

    KIND narrows it to one kind of plugin, which is a heading of the whole list, PATTERN to names with shell
    wildcards. Options about models leave other kinds out.

    \b
    ganzoo list
    ganzoo list -l upsampling
    ganzoo list model '*gan'
    ganzoo list model --conditional --dataset cifar10
    """  # noqa: D301, click's own mark against rewrapping
    if (conditional, resolution, dataset) != (None, None, None):
        if kind not in (None, "model"):
            raise UsageError(
                f"--conditional, --unconditional, --resolution and --dataset are of models, not {kind}"
            )
        kind = "model"
    sides = _sides(resolution, dataset)
    found = discovery.discover()
    warnings = (*found.warnings, *third_party_commands(COMMANDS)[1])
    kinds = [kind] if kind else list(discovery.kinds())
    named = [p for p in found.plugins if p.kind in kinds and fnmatchcase(p.name.lower(), pattern.lower())]
    plugins = [plugin for plugin in named if _is_wanted(plugin, conditional, sides)]
    if as_json:
        print_json({"plugins": [describe(plugin) for plugin in plugins], "warnings": warnings})
        return
    is_whole = True
    for name in kinds:
        of_kind = [plugin for plugin in plugins if plugin.kind == name]
        if of_kind:
            heading(f"{name}: {discovery.kinds()[name].purpose}")
            is_sound = all(not plugin.problem and read_card(plugin) for plugin in of_kind)
            rows = [_row(plugin, plugins, is_long) for plugin in of_kind]
            is_whole &= print_listing(rows, cut=is_sound and not is_long)  # a problem is said in full
            click.echo()
    if not is_whole:
        note("cut to the width of this terminal: ganzoo list -l has all of it")
    if not plugins:
        number = sum(plugin.kind in kinds for plugin in found.plugins)
        absence = f"no {kind or 'plugin'} is found; {absence_hint()}"
        names = (plugin.name for plugin in found.plugins if plugin.kind in kinds)
        near = "" if named else near_matches(pattern, names)
        note(f"none of the {number} installed is like that{near}" if number else absence)
    if silent := [p.name for p in named if _draws(read_card(p), sides) is None]:
        note(f"not listed, for they don't say which sizes they draw: {', '.join(silent)}")
    for warning in warnings:
        note(f"warning: {warning}")


def _sides(resolution: int | None, dataset: str | None) -> set[int]:
    """The heights and widths that wanted models draw.

    Raises:
        UsageError: there is no such data set, or it doesn't say how large its images are.
    """
    sides = set() if resolution is None else {resolution}
    if dataset is not None:
        card = read_card(lookup.find("dataset", dataset))
        shape = card.attributes.get("image_shape") if card else None
        if not shape:
            raise UsageError(
                f"the data set {dataset} doesn't say how large its images are; say it: --resolution PIXELS"
            )
        sides |= {shape["height"], shape["width"]}
    return sides


def _is_wanted(plugin: Plugin, conditional: bool | None, sides: set[int]) -> bool:
    if conditional is None and not sides:
        return True
    card = read_card(plugin)
    if card is None:
        return False
    takes_labels = bool(card.attributes.get("conditional"))
    return conditional in (None, takes_labels) and _draws(card, sides) is True


def _draws(card: Card | None, sides: set[int]) -> bool | None:
    """Whether a model draws images with all these sides; None where it doesn't say."""
    answers = [None if card is None else card.draws(side) for side in sides]
    return None if None in answers else all(answers)


def read_card(plugin: Plugin) -> Card | None:
    """A plugin's card; None where its text doesn't tell."""
    try:
        return discovery.card(plugin)
    except SourceError:
        return None


def describe(plugin: Plugin) -> dict[str, Any]:
    """A plugin as `--json` prints it."""
    described: dict[str, Any] = {
        "kind": plugin.kind,
        "name": plugin.name,
        "full_name": plugin.full_name,
        "distribution": plugin.distribution,
        "version": plugin.version,
        "target": plugin.target,
        "problem": plugin.problem,
    }
    try:
        card = discovery.card(plugin)
    except SourceError as error:
        return described | {"summary": "", "unreadable": str(error), "settings": []}
    settings = [
        {
            "name": setting.name,
            "type": setting.annotation,
            "default": setting.default,
            "documentation": setting.documentation,
        }
        for setting in card.settings
    ]
    return described | {"summary": card.summary, "unreadable": None, "settings": settings}


def _row(plugin: Plugin, all_plugins: list[Plugin], is_long: bool) -> tuple[str, ...]:
    twins = [p for p in all_plugins if p.kind == plugin.kind and p.name == plugin.name]
    name = plugin.full_name if len(twins) > 1 else plugin.name
    try:
        card = discovery.card(plugin)
        text = card.summary
        if card.settings and is_long:
            text += f" [{', '.join(card.setting_names())}]"
    except SourceError as error:
        text = f"(not readable without importing it: {error})"
    if plugin.problem:
        source = "" if is_long else f" ({plugin.provider})"
        text = f"PROBLEM: {plugin.problem}{source}. {text}"
    return (name, plugin.provider, text) if is_long else (name, text)
