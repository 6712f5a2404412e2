"""What a check is: one promise of a plugin, put to the test by a function, and why it matters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Generic, TypeVar

import torch

from ganzoo.plugins.discovery import Plugin
from ganzoo.settings.binding import Bound, bind_section
from ganzoo.settings.configuration import Section
from ganzoo.settings.keys import keys_of, require_known, settings_from
from ganzoo.testing.importing import Import, origin_of
from ganzoo.testing.placement import CPU, place

T = TypeVar("T")


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
    device: torch.device = CPU
    """Where the checks take place."""

    def place(self, what: T) -> T:
        """Puts a tensor or a module on the device of the checks; anything else stays as it is.

        Random numbers are drawn on the CPU and then placed, so that they are the same on any device.
        """
        return place(what, self.device)

    @property
    def name_elsewhere(self) -> str | None:
        """What another process finds the plugin by; None where it can't."""
        if self.plugin.loaded is None:
            return self.plugin.full_name
        origin = origin_of(self.plugin.loaded)
        return None if origin is None else f"{origin}:{self.plugin.loaded.__qualname__}"

    def require_settings(self) -> None:
        """Tells wrong settings, which are the caller's mistake, from what the checks find.

        Raises:
            UsageError: a setting that the plugin has not, one that it refuses, or one that is required
                and not given.
        """
        section = self.plugin.kind
        require_known(self.settings, {section: keys_of(section, self.plugin)})
        settings_from(section, self.plugin, self.settings)
        if self.settings:
            self.bound  # noqa: B018, made for its limits

    @cached_property
    def bound(self) -> Bound:
        """The plugin with its `Config`, made of its defaults and the given settings."""
        section = self.plugin.kind
        given = settings_from(section, self.plugin, self.settings)
        return bind_section(Section(section, self.plugin, given))

    @property
    def config(self) -> Any:
        """The plugin's `Config`."""
        return self.bound.config


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
    is_long: bool
    """Whether it starts processes or trains, so that a quick look leaves it out. The minimum of a kind counts
    no such check."""


def check(
    *,
    why: str,
    remedy: str,
    unless: Callable[[S], str | None] | None = None,
    is_gate: bool = False,
    is_long: bool = False,
) -> Callable[[Callable[[S], None]], Check[S]]:
    """Makes a check of a function, which is named as the promise: `rows_are_independent`."""

    def decorate(function: Callable[[S], None]) -> Check[S]:
        return Check(function.__name__.replace("_", "-"), why, remedy, function, unless, is_gate, is_long)

    return decorate


@dataclass(frozen=True)
class Suite(Generic[S]):
    """The checks of one kind: what the declaration of a kind names as `checks`."""

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
