"""The command that trains what a row of a report was measured with."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Final

from ganzoo.benchmark.report import Key
from ganzoo.benchmark.show.keys import bare, setting_name
from ganzoo.plugins import discovery
from ganzoo.settings.configuration import NAME
from ganzoo.settings.merging import resolve
from ganzoo.settings.recipes import RECIPE

_OPTIONS: Final = {
    "training.batch_size": "--batch-size",
    "training.precision": "--precision",
    f"model.{RECIPE}": "--recipe",
}
"""Settings with an option of their own, besides plugins."""


def training_command(key: Key, chosen: Mapping[str, str] | None = None) -> str:
    """A line for the shell: the model with what differs from its published recipe.

    Args:
        key: what was run.
        chosen: settings to write as well, `section.key` to value.
    """
    own = resolve({f"model.{NAME}": key.model}, training=False)
    components = {
        f"{slot}.{NAME}": name
        for slot, name in key.components.items()
        if slot not in own.slots or own.plugin(slot).full_name != name
    }
    settings = {name: value for name, value in key.settings.items() if name not in key.own}
    written = {f"dataset.{NAME}": "NAME", **components, **settings, **(chosen or {})}
    words = ["ganzoo", "train", _shortest("model", key.model)]
    for name, value in written.items():
        words += _option(name, value)
    return shlex.join(words)


def _option(name: str, value: str) -> list[str]:
    section, _, setting = name.partition(".")
    if name in _OPTIONS:
        return [_OPTIONS[name], value]
    if setting == NAME:
        return [f"--{setting_name(name)}", _shortest(section, value)]
    return ["--set", f"{name}={value}"]


def _shortest(kind: str, full_name: str) -> str:
    """The name without its distribution where that says which plugin is meant."""
    names = [plugin.name for plugin in discovery.discover().of_kind(kind)]
    return bare(full_name) if names.count(bare(full_name)) == 1 else full_name
