"""Settings by their former names: a plugin says which of its settings was called otherwise before."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import Any, Final

from ganzoo.plugins.discovery import Plugin
from ganzoo.plugins.loading import card_of

_LOGGER: Final = logging.getLogger("ganzoo.settings")

Renamed = Mapping[str, str]
"""A setting's former key, `"section.key"`, to the present one."""


def former_keys(plugins: Mapping[str, Plugin | None]) -> Renamed:
    """The former keys of the settings that plugins say have been renamed (`ganzoo_renamed`).

    Args:
        plugins: by the section that each fills.

    Raises:
        PluginError: a plugin's text doesn't tell, and it can't be imported.
    """
    return {
        f"{section}.{former}": f"{section}.{present}"
        for section, plugin in plugins.items()
        if plugin is not None
        for former, present in card_of(plugin).renamed.items()
    }


def with_present_keys(settings: Mapping[str, Any], renamed: Renamed) -> dict[str, Any]:
    """Settings `"section.key"` by their present keys; where both are given, the present one counts."""
    return {
        key if renamed.get(key, key) in settings else renamed[key]: value
        for key, value in settings.items()
        if renamed.get(key, key) == key or renamed[key] not in settings
    }


def tell(given: Iterable[str], renamed: Renamed) -> None:
    """Says in one line which of the given keys are former ones."""
    former = [f"{key} is {renamed[key]} now" for key in dict.fromkeys(given) if key in renamed]
    if former:
        _LOGGER.warning("%s: it is taken for that", "; ".join(former))
