"""`ganzoo list`: every installed plugin, read without importing any."""

from __future__ import annotations

import os
from fnmatch import fnmatchcase
from typing import Any

import click

from ganzoo.cli.options import KindName, json_option
from ganzoo.cli.output import heading, note, print_json, print_listing
from ganzoo.errors import UsageError
from ganzoo.plugins import discovery
from ganzoo.plugins.card import Card
from ganzoo.plugins.discovery import Plugin
from ganzoo.plugins.source import SourceError


def absence_hint() -> str:
    """What to do where no plugin is found."""
    if discovery.VARIABLE in os.environ:
        return f"{discovery.VARIABLE} hides those that it does not name; unset it to use them all"
    return "install the official plugins with: pip install 'ganzoo-torch[zoo]'"


@click.command("list")
@click.argument("kind", required=False, type=KindName())
@click.argument("pattern", default="*")
@click.option("--conditional/--unconditional", default=None, help="Models that take labels, or that don't.")
@click.option(
    "--resolution",
    type=click.IntRange(min=1),
    metavar="PIXELS",
    help="Models that say they draw images as high and wide as this, as they are set by default.",
)
@json_option
def command(
    kind: str | None, pattern: str, conditional: bool | None, resolution: int | None, as_json: bool
) -> None:
    """List every installed plugin: name, summary, who provides it.

    KIND narrows it to one kind of plugin, PATTERN to names with shell wildcards: ganzoo list model
    '*gan'. Options about models leave other kinds out.
    """
    if conditional is not None or resolution is not None:
        if kind not in (None, "model"):
            raise UsageError(f"--conditional, --unconditional and --resolution are of models, not {kind}")
        kind = "model"
    found = discovery.discover()
    kinds = [kind] if kind else list(discovery.kinds())
    named = [p for p in found.plugins if p.kind in kinds and fnmatchcase(p.name, pattern)]
    plugins = [plugin for plugin in named if _is_wanted(plugin, conditional, resolution)]
    if as_json:
        print_json({"plugins": [describe(plugin) for plugin in plugins], "warnings": found.warnings})
        return
    for name in kinds:
        rows = [_row(plugin, plugins) for plugin in plugins if plugin.kind == name]
        if rows:
            heading(f"{name}: {discovery.kinds()[name].purpose}")
            print_listing(rows)
            click.echo()
    if not plugins:
        count = sum(plugin.kind in kinds for plugin in found.plugins)
        absence = f"no {kind or 'plugin'} is found; {absence_hint()}"
        note(f"none of the {count} installed is like that" if count else absence)
    if resolution is not None and (silent := [p.name for p in named if _is_silent(p, resolution)]):
        note(f"not listed, for they don't say which sizes they draw: {', '.join(silent)}")
    for warning in found.warnings:
        note(f"warning: {warning}")


def _is_wanted(plugin: Plugin, conditional: bool | None, resolution: int | None) -> bool:
    if conditional is None and resolution is None:
        return True
    card = read_card(plugin)
    if card is None:
        return False
    takes_labels = bool(card.attributes.get("conditional"))
    return conditional in (None, takes_labels) and (resolution is None or card.draws(resolution) is True)


def _is_silent(plugin: Plugin, resolution: int) -> bool:
    card = read_card(plugin)
    return card is None or card.draws(resolution) is None


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


def _row(plugin: Plugin, all_plugins: list[Plugin]) -> tuple[str, str, str]:
    twins = [p for p in all_plugins if p.kind == plugin.kind and p.name == plugin.name]
    name = plugin.full_name if len(twins) > 1 else plugin.name
    try:
        card = discovery.card(plugin)
        text = card.summary
        if card.settings:
            text += f" [{', '.join(card.setting_names())}]"
    except SourceError as error:
        text = f"(not readable without importing it: {error})"
    if plugin.problem:
        text = f"PROBLEM: {plugin.problem}. {text}"
    return name, plugin.provider, text
