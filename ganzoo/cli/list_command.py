"""`ganzoo list`: every installed plugin, read without importing any."""

from __future__ import annotations

import os
from typing import Any

import click

from ganzoo import registry
from ganzoo.cards import CardError
from ganzoo.cli.options import json_option
from ganzoo.cli.output import heading, note, print_json, print_table
from ganzoo.registry import KINDS, Plugin


def absence_hint() -> str:
    """What to do where no plugin is found."""
    if registry.VARIABLE in os.environ:
        return f"{registry.VARIABLE} hides those that it does not name; unset it to use them all"
    return "install the official plugins with: pip install 'ganzoo-torch[zoo]'"


@click.command("list")
@click.argument("kind", required=False, type=click.Choice(list(KINDS)))
@json_option
def command(kind: str | None, as_json: bool) -> None:
    """List every installed plugin: name, summary, who provides it.

    KIND narrows it to one kind of plugin.
    """
    discovery = registry.discover()
    kinds = [kind] if kind else list(KINDS)
    plugins = [plugin for plugin in discovery.plugins if plugin.kind in kinds]
    if as_json:
        print_json({"plugins": [describe(plugin) for plugin in plugins], "warnings": discovery.warnings})
        return
    for name in kinds:
        rows = [_row(plugin, plugins) for plugin in plugins if plugin.kind == name]
        if rows:
            heading(f"{name}: {KINDS[name].purpose}")
            print_table(rows)
            click.echo()
    if not plugins:
        note(f"no {kind or 'plugin'} is found; {absence_hint()}")
    for warning in discovery.warnings:
        note(f"warning: {warning}")


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
        card = registry.card(plugin)
    except CardError as error:
        return described | {"summary": "", "unreadable": str(error), "parameters": []}
    parameters = [
        {
            "name": parameter.name,
            "type": parameter.annotation,
            "default": parameter.default,
            "documentation": parameter.documentation,
        }
        for parameter in card.parameters
    ]
    return described | {"summary": card.summary, "unreadable": None, "parameters": parameters}


def _row(plugin: Plugin, all_plugins: list[Plugin]) -> tuple[str, str, str]:
    twins = [p for p in all_plugins if p.kind == plugin.kind and p.name == plugin.name]
    name = plugin.full_name if len(twins) > 1 else plugin.name
    try:
        card = registry.card(plugin)
        text = card.summary
        if card.parameters:
            text += f" [{', '.join(card.parameter_names())}]"
    except CardError as error:
        text = f"(not readable without importing it: {error})"
    if plugin.problem:
        text = f"PROBLEM: {plugin.problem}. {text}"
    return name, plugin.provider, text
