"""Options and completions that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from ganzoo import registry
from ganzoo.cards import CardError
from ganzoo.errors import UsageError

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")

format_option = click.option(
    "--format",
    "table_format",
    type=click.Choice(["text", "markdown", "csv"]),
    default="text",
    show_default=True,
    help="How the table is printed; csv has every column, unrounded.",
)


def complete_plugins(kind: str | None) -> Callable[..., list[CompletionItem]]:
    """Completes the names of installed plugins, of one kind or of all.

    One with a problem is left out: its name may be anything, and a shell runs what it completes.
    """

    def complete(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        try:
            plugins = registry.discover().plugins
        except UsageError:
            return []
        return [
            CompletionItem(plugin.name, help=_summary(plugin))
            for plugin in plugins
            if kind in (None, plugin.kind) and not plugin.problem and plugin.name.startswith(incomplete)
        ]

    return complete


def _summary(plugin: registry.Plugin) -> str:
    try:
        return registry.card(plugin).summary
    except CardError:
        return ""


def path_option(*names: str, **settings: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """An option that is a path, checked by whoever opens it."""
    return click.option(*names, type=click.Path(path_type=Path), **settings)
