"""The file of a study: settings as `ganzoo train --config` takes them, and options of the command.

[study]                              # the options of the command, without dashes
budget = ["14m", "until=class-accuracy>0.8"]
seeds = 3

[dataset]                            # settings of all variants
name = "fashion-mnist"

[variants.narrow.model]              # settings of the variant `narrow`
name = "acgan"
channels = 32
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from ganzoo.errors import UsageError, near_matches
from ganzoo.settings.configuration import flatten, parse_file
from ganzoo.settings.keys import require_known_sections
from ganzoo.settings.merging import training_sections
from ganzoo.study.design import RHYTHM
from ganzoo.text import brief

_STUDY: Final = "study."
_VARIANTS: Final = "variants."

OPTIONS: Final[Mapping[str, Any]] = {
    "vary": str | list, "budget": str | list, "metric": str | list, "seeds": int, "margin": float | int,
    "evaluations": int, "threads": int, "trials": int, "prune": bool, "unpaired": bool,
}  # fmt: skip
"""What `[study]` may say, and as what."""

_WORDS: Final[Mapping[Any, str]] = {
    str | list: "a text, or a list of texts", int: "a whole number", float | int: "a number",
    bool: "true or false",
}  # fmt: skip
"""What people call the types of `OPTIONS`."""


@dataclass(frozen=True)
class StudyFile:
    """What a file says of a study."""

    settings: Mapping[str, Any] = field(default_factory=dict)
    """Of all variants, `"section.key"` to value."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """Those of the command by name; of what may be given several times, a list."""
    variants: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Name to the settings of a variant."""


def read_study_file(path: Path) -> StudyFile:
    """Reads a study's file; of a run's config.json all but how often it was evaluated, drawn and so on.

    Raises:
        UsageError: it can't be read, or says what no study knows.
    """
    found = parse_file(path)
    if path.suffix == ".json":
        return StudyFile({key: value for key, value in found.items() if key not in RHYTHM})
    own = (_STUDY.rstrip("."), _VARIANTS.rstrip("."))
    require_known_sections(found, (*own, *training_sections()), f"{path}: ")
    settings, options, variants = {}, {}, {}
    for key, value in found.items():
        if key.startswith(_STUDY):
            name = key.removeprefix(_STUDY)
            options[name] = _option(path, name, value)
        elif key.startswith(_VARIANTS):
            name = key.removeprefix(_VARIANTS)
            variants[name] = _variant(path, name, value)
        else:
            settings[key] = value
    return StudyFile(settings, options, variants)


def _option(path: Path, name: str, value: Any) -> Any:
    if name not in OPTIONS:
        raise UsageError(
            f"{path} has {name!r} in [study], which is no option of a study{near_matches(name, OPTIONS)}\n"
            f"options: {', '.join(OPTIONS)}"
        )
    kinds = OPTIONS[name]
    is_right = isinstance(value, kinds) and (kinds is bool or not isinstance(value, bool))
    if not is_right or (isinstance(value, list) and not all(isinstance(each, str) for each in value)):
        raise UsageError(f"{path}: {name} in [study] can't be {brief(value)}; it takes {_WORDS[kinds]}")
    return [value] if isinstance(value, str) else value


def _variant(path: Path, name: str, table: Any) -> dict[str, Any]:
    try:
        return flatten(table)
    except ValueError as error:
        raise UsageError(f"{path}: the variant {name} {error}; write [variants.{name}.training]") from None
