"""What a check is: one promise of a plugin, put to the test by a function, and why it matters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Generic, TypeVar

from ganzoo import config
from ganzoo.cards import card_of_class
from ganzoo.errors import UsageError, near_matches
from ganzoo.models import NoSettings
from ganzoo.registry import Plugin
from ganzoo.testing.importing import Import


class Failure(Exception):  # noqa: N818, a finding about a plugin, not an error of ours
    """A promise that a plugin breaks; the message says what was seen, and with which input."""


@dataclass(frozen=True)
class Subject:
    """The plugin under check. Each kind has a subclass that knows how the core builds one."""

    plugin: Plugin
    cls: type[Any]
    settings: Mapping[str, Any]
    """`"section.key"` to value, text or typed, as `--set` takes them."""
    data_dir: Path | None
    imported: Import | None
    """What its import did in a process of its own; None where it can't be imported a second time."""

    def require_settings(self) -> None:
        """Tells wrong settings, which are the caller's mistake, from what the checks find.

        Raises:
            UsageError: a setting that the plugin has not, one that it refuses, or one that is required
                and not given.
        """
        section = self.plugin.kind
        parameters = {f"{section}.{p.name}": p for p in card_of_class(self.cls).parameters}
        for key in self.settings:
            if key not in parameters:
                allowed = ", ".join(parameters) or "none"
                raise UsageError(
                    f"there is no setting {key!r}{near_matches(key, parameters)}\nallowed: {allowed}"
                )
        for key, parameter in parameters.items():
            if parameter.default is None and key not in self.settings:
                raise UsageError(
                    f"{key} has no default; give one with --set {key}=VALUE ({parameter.annotation})"
                )
        if self.settings:
            try:
                self.config  # noqa: B018, made for its limits
            except ValueError as error:
                raise UsageError(f"{section} ({self.plugin.name}): {error}") from None

    @cached_property
    def config(self) -> Any:
        """The plugin's `Config`, made of its defaults and the given settings."""
        section = self.plugin.kind
        given = {
            p.name: config.parse_value(key, p.annotation, self.settings[key])
            for p in card_of_class(self.cls).parameters
            if (key := f"{section}.{p.name}") in self.settings
        }
        return getattr(self.cls, "Config", NoSettings)(**given)


S = TypeVar("S", bound=Subject)


@dataclass(frozen=True)
class Check(Generic[S]):
    """One promise. `function` raises `Failure`, or whatever the plugin raises, where it is broken."""

    name: str
    why: str
    """What goes wrong for a user where the promise is broken."""
    remedy: str
    """What to do about it."""
    function: Callable[[S], None]
    unless: Callable[[S], str | None] | None
    """Tells why the check does not concern a plugin, None where it does; None where it concerns all."""
    is_gate: bool
    """Whether the checks after it can't say anything where it fails, so that they don't run."""


def check(
    *,
    why: str,
    remedy: str,
    unless: Callable[[S], str | None] | None = None,
    is_gate: bool = False,
) -> Callable[[Callable[[S], None]], Check[S]]:
    """Makes a check of a function, which is named as the promise: `rows_are_independent`."""

    def decorate(function: Callable[[S], None]) -> Check[S]:
        return Check(function.__name__.replace("_", "-"), why, remedy, function, unless, is_gate)

    return decorate


@dataclass(frozen=True)
class Suite(Generic[S]):
    """The checks of one kind: the whole of what a file in `ganzoo/testing/kinds/` offers."""

    subject: type[S]
    checks: tuple[Check[Any], ...]
    """In the order in which they run, which is that of the documentation."""
    minimum: int
    """How many checks concern every plugin of the kind. It is written as a number, so that checks which
    stop running are noticed."""
    stand_in: type | None = None
    """The plainest plugin of the kind, with which the checks of models fill the slot of that name."""


def require(kept: bool, seen: str) -> None:
    """Raises `Failure` with what was seen, unless the promise is kept."""
    if not kept:
        raise Failure(seen)
