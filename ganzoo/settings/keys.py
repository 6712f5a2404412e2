"""Keys of settings, `section.name`: which there are, and the typed settings of one section."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from ganzoo.errors import UsageError, near_matches
from ganzoo.plugins.discovery import Plugin
from ganzoo.plugins.loading import card_of
from ganzoo.plugins.setting import Setting
from ganzoo.settings.configuration import NAME
from ganzoo.settings.values import parse_value

Owner = Plugin | type[Any] | None
"""What declares the settings of a section: a plugin, a dataclass of the core, or nothing."""


def split(key: str) -> tuple[str, str]:
    """`section.key` in its parts."""
    section, _, name = key.partition(".")
    return section, name


def settings_of(owner: Owner) -> tuple[Setting, ...]:
    """The settings that a plugin or a dataclass of the core has.

    Raises:
        PluginError: the plugin's text doesn't tell, and it can't be imported.
    """
    if owner is None:
        return ()
    if isinstance(owner, Plugin):
        return card_of(owner).settings
    return tuple(Setting(f.name, str(f.type), repr(f.default)) for f in dataclasses.fields(owner))


def keys_of(section: str, owner: Owner) -> list[str]:
    """The keys of a section's settings, as they are typed."""
    return [f"{section}.{setting.name}" for setting in settings_of(owner)]


_OF_A_STUDY: Final = dict.fromkeys(
    ("study", "variants"), "; it is of a study, whose file is taken by ganzoo study --base FILE"
)
"""What is said of the sections that only the file of a study has."""


def require_known_sections(given: Iterable[str], known: Iterable[str], where: str = "") -> None:
    """Refuses keys of sections that do not exist.

    Args:
        given: keys, `section.name`.
        known: the sections.
        where: what the message begins with, such as the file and a colon.

    Raises:
        UsageError: there is no such section; the message names similar ones.
    """
    sections = list(known)
    for section in (split(key)[0] for key in given):
        if section in sections:
            continue
        hint = _OF_A_STUDY.get(section) or near_matches(section, sections)
        raise UsageError(f"{where}there is no section {section!r}{hint}\nsections: {', '.join(sections)}")


def require_known(given: Iterable[str], known: Mapping[str, Sequence[str]]) -> None:
    """Refuses keys that do not exist.

    Args:
        given: keys, `section.name`.
        known: section to its keys.

    Raises:
        UsageError: there is no such key; the message names similar ones.
    """
    allowed = [key for keys in known.values() for key in keys]
    for key in given:
        if key in allowed:
            continue
        section, name = split(key)
        elsewhere = [other for other in allowed if name and split(other)[1] == name and name != NAME]
        hint = f"; did you mean {elsewhere[0]!r}?" if elsewhere else near_matches(key, allowed)
        hint = _OF_A_STUDY.get(section, hint)
        own = known.get(section)
        if own is not None and not own:
            raise UsageError(f"there is no setting {key!r}: this {section} has none")
        raise UsageError(
            f"there is no setting {key!r}{hint}\n"
            f"allowed{f' in {section}' if own else ' sections'}: {', '.join(own or known)}"
        )


def settings_from(section: str, owner: Owner, settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of one section, each of its field's type.

    Raises:
        UsageError: a value that its type does not allow, or one that is required and not given.
    """
    found = {}
    for setting in settings_of(owner):
        key = f"{section}.{setting.name}"
        if key in settings:
            found[setting.name] = parse_value(key, setting.annotation, settings[key])
        elif setting.default is None:
            raise UsageError(f"{key} has no default; give one with --set {key}=VALUE ({setting.annotation})")
    return found
