"""Options and completions that several commands share."""

from __future__ import annotations

import math
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from ganzoo.errors import UsageError, near_matches
from ganzoo.near_names import plain
from ganzoo.plugins import discovery
from ganzoo.plugins.kinds import Kind
from ganzoo.plugins.source import SourceError
from ganzoo.settings.limits import LARGEST_COUNT, LARGEST_SEED


class WholeNumber(click.IntRange):
    """A number of things, shown as N, and called what people call it where it is none."""

    name = "whole number"

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        """What stands behind the option in its help."""
        return "N"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The number; one out of the range is refused with the end that it has passed, not with both."""
        try:
            number = int(value)
        except ValueError:
            self.fail(f"{value!r} is not a valid {self.name}.", param, ctx)
        if self.min is not None and number < self.min:
            self.fail(f"{number} is not in the range: a whole number from {self.min}", param, ctx)
        if self.max is not None and number > self.max:
            self.fail(f"{number} is not in the range: a whole number up to {self.max}", param, ctx)
        return number


class Number(click.FloatRange):
    """A number in a range, and no NaN and no infinity, which are in every range."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The number."""
        number = float(super().convert(value, param, ctx))
        if not math.isfinite(number):
            self.fail(f"{value!r} is not a finite number.", param, ctx)
        return number


SEED = WholeNumber(0, LARGEST_SEED)
COUNT = WholeNumber(1, LARGEST_COUNT)

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")

format_option = click.option(
    "--format",
    "table_format",
    type=click.Choice(["text", "markdown", "csv"]),
    default="text",
    show_default=True,
    help="How the table is printed; csv has every column, unrounded.",
)

seed_option = click.option("--seed", type=SEED, default=0, show_default=True, help="Decides the noise.")


def complete_plugins(kind: str | None) -> Callable[..., list[CompletionItem]]:
    """Completes the names of installed plugins, of one kind or of all.

    One with a problem is left out: its name may be anything, and a shell runs what it completes.
    """

    def complete(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        try:
            plugins = discovery.discover().plugins
        except UsageError:
            return []
        return [
            CompletionItem(plugin.name, help=_summary(plugin))
            for plugin in plugins
            if kind in (None, plugin.kind) and not plugin.problem and plugin.name.startswith(incomplete)
        ]

    return complete


class KindName(click.Choice[str]):
    """The name of a kind of plugin: one of the core's own, or of a third party's that is installed.

    The plural, by which its entry points are called, is understood as well: `models`, `feature_extractors`.
    """

    def __init__(self) -> None:
        super().__init__(())

    @property
    def choices(self) -> tuple[str, ...]:  # what is installed now, not at import
        """The kinds that there are."""
        return tuple(discovery.kinds())

    @choices.setter
    def choices(self, value: object) -> None:
        pass

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The kind that is meant.

        Raises:
            UsageError: there is none of this name.
        """
        kinds = discovery.kinds()
        if value in kinds:
            return value
        meant = [
            name
            for name, kind in kinds.items()
            if plain(value) in (plain(name), plain(kind.group.rpartition(".")[2]))
        ]
        if len(meant) == 1:
            return meant[0]
        raise UsageError(
            f"no kind of plugin is called {value!r}{_kinds_meant(value, meant)}\nkinds: {', '.join(kinds)}"
        )


def _kinds_meant(value: str, kinds: list[str]) -> str:
    """What was meant by a name that is of no kind, or of several; every candidate is told."""
    if kinds:
        return f"; did you mean {' or '.join(map(repr, kinds))}?"
    of_kind = list(
        dict.fromkeys(
            plugin.kind for plugin in discovery.discover().plugins if plain(plugin.name) == plain(value)
        )
    )
    if not of_kind:
        return near_matches(value, discovery.kinds())
    if len(of_kind) == 1:
        return f"; {value} is of the kind {of_kind[0]}: ganzoo show {value}"
    shown = " or ".join(f"ganzoo list {kind} {shlex.quote(value)}" for kind in of_kind)
    return f"; {value} is of the kinds {' and '.join(of_kind)}: {shown}"


def plugin_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds an option for each kind of plugin that a training has besides its model: `--upsampling NAME`."""
    for kind in reversed(plugin_kinds()):
        command = click.option(
            f"--{kind.name}",
            metavar="NAME",
            multiple=kind.role == "several",
            shell_complete=complete_plugins(kind.name),
            help=kind.option,
        )(command)
    return command


def plugin_kinds() -> list[Kind]:
    """The kinds of plugin that a training has besides its model."""
    return [kind for kind in discovery.kinds().values() if kind.role not in ("model", "none")]


def _summary(plugin: discovery.Plugin) -> str:
    try:
        return discovery.card(plugin).summary
    except SourceError:
        return ""


def path_option(*names: str, **settings: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """An option that is a path, checked by whoever opens it."""
    return click.option(*names, type=click.Path(path_type=Path), **settings)
