"""The value of a setting as a row of a report is named by it."""

from __future__ import annotations

import ast
from typing import Any

from ganzoo.settings.configuration import NAME, NONE, RUN, TRAINING, Configuration
from ganzoo.settings.keys import settings_of, split


def text_of(resolved: Configuration, key: str) -> str:
    """The value of a setting as text: of a plugin its full name."""
    name, setting = split(key)
    made = {TRAINING: resolved.training, RUN: resolved.run}.get(name)
    if made is not None:
        return _written(getattr(made, setting))
    section = resolved.sections.get(name)
    if section is None:
        return NONE
    if setting == NAME:
        return section.plugin.full_name
    if setting in section.settings:
        return _written(section.settings[setting])
    default = {known.name: known.default for known in settings_of(section.plugin)}.get(setting)
    try:
        return NONE if default is None else _written(ast.literal_eval(default))
    except ValueError:
        return str(default)


def _written(value: Any) -> str:
    """A value as it is typed."""
    if value is None or isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return ",".join(map(_written, value))
    return str(value)
