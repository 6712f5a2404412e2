"""Who takes part: a name for the table, and the settings of a training; read from TOML, or all models.

    [acgan-small.model]          # `ganzoo train --config` takes the tables below a contender's name
    name = "acgan"
    channels = 32

    [acgan-small.training]
    batch_size = 64

Without a `model.name` a contender is the model of its own name.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ganzoo
from ganzoo.errors import UsageError, near_matches
from ganzoo.plugins import discovery, lookup
from ganzoo.settings.configuration import flatten


@dataclass(frozen=True)
class Contender:
    """One row of a table."""

    name: str
    settings: Mapping[str, Any]
    """`"section.key"` to value, among them `model.name`; what it leaves out is as published."""

    @property
    def is_conditional(self) -> bool:
        """Whether its model takes labels."""
        plugin = lookup.find("model", self.settings["model.name"])
        return bool(discovery.card(plugin).attributes.get("conditional"))


def choose(path: Path | None, only: Sequence[str]) -> list[Contender]:
    """The contenders of a file, or every installed model as published where there is no file.

    Args:
        path: the TOML file.
        only: names of those that take part; empty for all.

    Raises:
        UsageError: the file is wrong, or a name in `only` is not there.
    """
    everybody = (Contender(name, {"model.name": name}) for name in ganzoo.list_plugins("model"))
    contenders = read(path) if path else list(everybody)
    names = [contender.name for contender in contenders]
    for name in only:
        if name not in names:
            near = near_matches(name, names)
            raise UsageError(f"no contender is called {name!r}{near}\ncontenders: {', '.join(names)}")
    return [contender for contender in contenders if not only or contender.name in only]


def read(path: Path) -> list[Contender]:
    """The contenders of a TOML file, in its order.

    Raises:
        UsageError: it can't be read, or is not a table of tables.
    """
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"the contenders {path} can't be read: {error}") from None
    return [Contender(name, _settings(path, name, table)) for name, table in tables.items()]


def _settings(path: Path, name: str, table: Any) -> dict[str, Any]:
    try:
        return {"model.name": name, **flatten(table)}
    except ValueError as error:
        raise UsageError(f"the contender {name} of {path} {error}; write [{name}.training]") from None
