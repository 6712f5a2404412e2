"""`ganzoo show`: one plugin in full, read without importing it."""

from __future__ import annotations

import click

from ganzoo import registry
from ganzoo.cards import Card, CardError
from ganzoo.cli.list_command import describe
from ganzoo.cli.options import complete_plugins, json_option
from ganzoo.cli.output import heading, print_json, print_table
from ganzoo.errors import UsageError, near_matches
from ganzoo.registry import KINDS, Plugin

_MOST_SETTINGS = 200
"""Settings that are printed; `--json` has them all."""


@click.command("show")
@click.argument("name", shell_complete=complete_plugins(None))
@json_option
def command(name: str, as_json: bool) -> None:
    """Show one plugin in full: settings, defaults, published recipe with its sources.

    NAME is a plugin's name, distribution:name, path/to/file.py:Class or package.module:Class.
    """
    plugins = _named(name)
    if as_json:
        print_json({"plugins": [describe(plugin) | _attributes(plugin) for plugin in plugins]})
        return
    for index, plugin in enumerate(plugins):
        if index:
            click.echo()
        _print(plugin)


def _named(name: str) -> list[Plugin]:
    discovery = registry.discover()
    found = [p for p in discovery.plugins if name in (p.name, p.full_name)]
    if found:
        return found
    if ":" in name:
        return [_named_by_class(name)]
    names = [n for plugin in discovery.plugins for n in (plugin.name, plugin.full_name)]
    raise UsageError(f"no plugin is called {name!r}{near_matches(name, names)}\nsee: ganzoo list")


def _named_by_class(name: str) -> Plugin:
    """The class at `file.py:Class` or `module:Class`; its kind is read off the interface it inherits from."""
    plugin = registry.find("model", name)
    card = _card(plugin)
    interfaces = {kind.interface: kind.name for kind in KINDS.values()}
    kinds = [interfaces[base] for base in (card.bases if card else ()) if base in interfaces]
    return registry.find(kinds[0], name) if kinds else plugin


def _card(plugin: Plugin) -> Card | None:
    try:
        return registry.card(plugin)
    except CardError:
        return None


def _attributes(plugin: Plugin) -> dict[str, object]:
    card = _card(plugin)
    return {"documentation": card.documentation, **card.attributes} if card else {}


def _print(plugin: Plugin) -> None:
    heading(f"{plugin.full_name} ({plugin.kind})")
    if plugin.problem:
        click.echo(f"PROBLEM: {plugin.problem}")
    try:
        card = registry.card(plugin)
    except CardError as error:
        click.echo(f"not readable without importing it: {error}")
        return
    click.echo(card.documentation.strip())
    click.echo()
    facts = [("provided by", plugin.provider), ("class", plugin.target)]
    if plugin.kind == "model":
        facts.append(("takes labels", "yes" if card.attributes.get("conditional") else "no"))
    print_table(facts)
    if card.parameters:
        heading(f"\nSettings (--set {plugin.kind}.NAME=VALUE)")
        print_table(
            [
                (p.name, p.annotation, "required" if p.default is None else p.default, p.documentation)
                for p in card.parameters[:_MOST_SETTINGS]
            ]
        )
        if len(card.parameters) > _MOST_SETTINGS:
            click.echo(f"  … and {len(card.parameters) - _MOST_SETTINGS:,} more: --json")
    components = card.attributes.get("components", {})
    if components:
        heading("\nComponents (--SLOT NAME)")
        print_table([(slot, component) for slot, component in components.items()])
    recipe = card.attributes.get("recipe", {})
    if recipe:
        heading("\nPublished settings")
        print_table([(key, str(value), source) for key, (value, source) in recipe.items()])
