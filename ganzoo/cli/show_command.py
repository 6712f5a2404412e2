"""`ganzoo show`: one plugin in full, read without importing it."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from ganzoo.cli.list_command import describe, read_card
from ganzoo.cli.options import WholeNumber, complete_plugins, json_option
from ganzoo.cli.output import heading, print_json, print_labelled, print_listing, print_text
from ganzoo.cli.weights_output import print_weights
from ganzoo.errors import UsageError
from ganzoo.images import ImageSpec
from ganzoo.plugins import discovery, loading, lookup, packages
from ganzoo.plugins.card import PUBLISHED_WITH
from ganzoo.plugins.discovery import Plugin
from ganzoo.plugins.source import SourceError
from ganzoo.text import count

_MOST_SETTINGS = 200
"""Settings that are printed; `--json` has them all."""


@click.command("show")
@click.argument("name", shell_complete=complete_plugins(None))
@click.option("--load", is_flag=True, help="Build a model too, and count its parameters and arithmetic.")
@click.option("--image", default="3x32x32", show_default=True, help="What --load builds it for.")
@click.option("--classes", default=10, show_default=True, type=WholeNumber(min=1), help="Likewise.")
@json_option
def command(name: str, load: bool, image: str, classes: int, as_json: bool) -> None:
    """Show one plugin in full: settings, defaults, published recipe and results with their sources.

    NAME is a plugin's name, distribution:name, path/to/file.py:Class or package.module:Class; or a wheel, or
    the folder of a package, whose plugins are shown without installing it. Nothing of it is imported, but
    with --load.
    """
    if packages.is_package(name):
        if load:
            raise UsageError("--load builds a model, and what is not installed is only read: leave it out")
        show_package(Path(name), as_json)
        return
    plugins = lookup.find_all(name)
    costs = _costs(plugins, image, classes) if load else {}
    if as_json:
        counted = {"costs": costs} if load else {}
        print_json({"plugins": [describe(plugin) | _attributes(plugin) | counted for plugin in plugins]})
        return
    for index, plugin in enumerate(plugins):
        if index:
            click.echo()
        print_plugin(plugin)
    if costs:
        labels = f", {count(costs['num_classes'], 'class', 'classes')}" if costs["num_classes"] else ""
        heading(f"\nCounted for {costs['image']}{labels}")
        print_listing(
            [
                (player, f"{cost['parameters']:,} parameters", f"{cost['flops_per_image']:,} FLOP an image")
                for player, cost in costs["networks"].items()
            ]
        )


def _costs(plugins: list[Plugin], image: str, classes: int) -> dict[str, Any]:
    """What a model costs as it is set by default; a forward pass counts."""
    models = [plugin for plugin in plugins if plugin.kind == "model"]
    if len(models) != 1:
        raise UsageError(f"--load builds one model, and {plugins[0].name!r} names {len(models)}")
    from ganzoo.benchmark.measure.costs import costs_of
    from ganzoo.runs.creation import create_model

    shape = ImageSpec.parse(image)
    is_conditional = bool(loading.load(models[0]).conditional)
    gan = create_model(models[0].full_name, image=shape, num_classes=classes if is_conditional else None)
    return {"image": str(shape), "num_classes": gan.num_classes, "networks": asdict(costs_of(gan))}


def show_package(path: Path, as_json: bool) -> None:
    """Prints a package that is not installed: what it needs, its problems, and the cards of its plugins."""
    with packages.opened(path) as package:
        if as_json:
            found = [describe(plugin) | _attributes(plugin) for plugin in package.plugins]
            print_json(asdict(package) | {"plugins": found})
            return
        heading(f"{package.name} {package.version} (not installed)")
        print_listing([("needs", requirement) for requirement in package.requires])
        for problem in package.problems:
            print_text(f"PROBLEM: {problem}")
        for plugin in package.plugins:
            click.echo()
            print_plugin(plugin)
        if any(plugin.kind == "weights" for plugin in package.plugins):
            place = shlex.quote(str(path))
            print_text(f"\nnext: {'ganzoo sample' if path.is_dir() else 'pip install'} {place}")


def _attributes(plugin: Plugin) -> dict[str, object]:
    card = read_card(plugin)
    return {"documentation": card.documentation, **card.attributes} if card else {}


def print_plugin(plugin: Plugin) -> None:
    heading(f"{plugin.full_name} ({plugin.kind})")
    if plugin.problem:
        print_text(f"PROBLEM: {plugin.problem}")
    try:
        card = discovery.card(plugin)
    except SourceError as error:
        print_text(f"not readable without importing it: {error}")
        return
    print_text(card.documentation.strip())
    click.echo()
    facts = [("provided by", plugin.provider), ("class", plugin.target)]
    if plugin.kind == "model":
        facts.append(("takes labels", "yes" if card.attributes.get("conditional") else "no"))
        facts.append(("draws", _sides(card.attributes.get("image_sides", {}))))
    print_listing(facts)
    if plugin.kind == "weights":
        print_weights(plugin, card)
    if card.settings:
        section = f"{plugin.kind}.{plugin.name}" if _is_one_of_several(plugin) else plugin.kind
        heading(f"\nSettings (--set {section}.NAME=VALUE)")
        print_listing(
            [
                (p.name, p.annotation, "required" if p.default is None else p.default, p.documentation)
                for p in card.settings[:_MOST_SETTINGS]
            ]
        )
        if len(card.settings) > _MOST_SETTINGS:
            print_text(f"  … and {len(card.settings) - _MOST_SETTINGS:,} more: --json")
    components = card.attributes.get("components", {})
    if components:
        heading("\nComponents (--SLOT NAME)")
        print_listing([(slot, component) for slot, component in components.items()])
    recipe = card.attributes.get("recipe", {})
    if recipe:
        heading("\nPublished settings")
        print_listing([(key, str(value), source) for key, (value, source) in recipe.items()])
    for other, (purpose, changes) in card.attributes.get("recipes", {}).items():
        heading(f"\nOther settings with --recipe {other} (those above: --recipe paper)")
        print_text(purpose)
        print_listing([(key, str(value), source) for key, (value, source) in changes.items()])
    published = card.attributes.get("published", {})
    if published:
        heading("\nPublished results")
        alike: list[Mapping[str, str]] = []
        for _value, given in published.values():
            alike += [given] if given not in alike else []
        for given in alike:
            results = [(name, f"{value:g}") for name, (value, of_it) in published.items() if of_it == given]
            print_listing([*results, *((name, given[name]) for name in PUBLISHED_WITH)])
    differences = card.attributes.get("differences", {})
    if differences:
        heading("\nWhere it differs from what was published")
        for here, (there, why) in differences.items():
            print_text(f"  {here}")
            print_labelled("      there: ", there, 13)
            print_labelled("      why: ", why, 13)


def _is_one_of_several(plugin: Plugin) -> bool:
    """Whether several plugins of its kind are chosen at once, so that a setting says of which it is."""
    return plugin.kind == "metric" or discovery.kinds()[plugin.kind].role == "several"


def _sides(bounds: Mapping[str, int]) -> str:
    """Which images a model says it draws, in words."""
    if not bounds:
        return "it doesn't say which sizes"
    words = {"least": "{} pixels or more", "most": "at most {}", "multiple": "divisible by {}"}
    said = [words[bound].format(bounds[bound]) for bound in words if bounds.get(bound, 1) != 1]
    return f"sides {', '.join(said) or 'of any length'}"
