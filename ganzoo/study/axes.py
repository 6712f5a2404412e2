"""What a study varies: `upsampling=resize-conv,pixel-shuffle`, or a range to search, `KEY=1e-4..1e-3:log`."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

from ganzoo.errors import UsageError, near_matches
from ganzoo.plugins.discovery import kinds
from ganzoo.settings.configuration import NAME, RUN, TRAINING
from ganzoo.settings.training import TrainingSettings
from ganzoo.text import brief

DECIDED: Final = {
    f"{TRAINING}.seed": "--seeds",
    f"{TRAINING}.epochs": "--budget",
    f"{TRAINING}.max_steps": "--budget",
    f"{RUN}.max_seconds": "--budget",
    f"{RUN}.max_processor_seconds": "--budget",
    f"{RUN}.until": "--budget",
}
"""Settings that a study decides itself, and the option that says how."""

NAMED: Final = "variant"
"""The key of what has a name of its own in a study's file."""

_LONGEST: Final = 1000
"""Characters of a value that is read."""

_RANGE: Final = re.compile(r"(?P<low>[^,:]+?)\.\.(?P<high>[^,:]+?)(?P<log>:log)?")


@dataclass(frozen=True)
class ChoiceAxis:
    """A setting with the values that it takes in turn."""

    key: str
    values: tuple[str, ...]

    @property
    def ends(self) -> tuple[str, ...]:
        """What has to be possible: every value."""
        return self.values

    def settings_of(self, value: str) -> Mapping[str, Any]:
        """The settings that a value stands for."""
        return {self.key: value}


@dataclass(frozen=True)
class NamedAxis:
    """Sets of settings in turn, each with a name: the tables `[variants.NAME.SECTION]` of a study's file."""

    sets: Mapping[str, Mapping[str, Any]]
    """Name to `"section.key"` to value."""
    key: str = NAMED

    @property
    def ends(self) -> tuple[str, ...]:
        """What has to be possible: every name."""
        return tuple(self.sets)

    def settings_of(self, value: str) -> Mapping[str, Any]:
        """The settings that a name stands for."""
        return self.sets[value]


@dataclass(frozen=True)
class RangeAxis:
    """A number to be searched for between two ends."""

    key: str
    low: float
    high: float
    is_logarithmic: bool = False
    is_whole: bool = False

    @property
    def ends(self) -> tuple[str, ...]:
        """What has to be possible: both ends."""
        return tuple(str(int(end)) if self.is_whole else repr(end) for end in (self.low, self.high))

    def settings_of(self, value: str) -> Mapping[str, Any]:
        """The settings that a value stands for."""
        return {self.key: value}


Axis = ChoiceAxis | NamedAxis | RangeAxis


def shown(key: str) -> str:
    """A key as it is typed: a component's name goes without `.name`."""
    return key.removesuffix(f".{NAME}")


def parse_axis(text: str) -> Axis:
    """Reads one `--vary`.

    Raises:
        UsageError: it is none, or varies what a study decides itself.
    """
    key, equals, value = (part.strip() for part in text.partition("="))
    if not equals or not key or not value:
        raise UsageError(f"--vary takes KEY=VALUE,VALUE or KEY=LOW..HIGH, not {text!r}")
    key = full_key(key)
    require_undecided(key)
    found = _RANGE.fullmatch(value)
    if found:
        return _range(key, found)
    values = tuple(part.strip() for part in value.split(","))
    if len(values) < 2 or "" in values:
        raise UsageError(
            f"--vary {text} has one value: give two or more, or take it out and use --set {key}={values[0]}"
        )
    if len(set(values)) < len(values):
        twice = next(value for value in values if values.count(value) > 1)
        raise UsageError(f"--vary {text} has a value twice: {twice}")
    return ChoiceAxis(key, values)


def full_key(key: str) -> str:
    """A key with its section: a kind of plugin alone stands for the name that fills it.

    Raises:
        UsageError: it is neither a kind nor a dotted key.
    """
    if "." in key:
        return key
    names = [kind.name for kind in kinds().values() if kind.role != "none"]
    if key not in names:
        settings = [f"{TRAINING}.{field.name}" for field in fields(TrainingSettings)]
        raise UsageError(
            f"there is nothing called {key!r} to vary{near_matches(key, [*names, *settings])}\n"
            f"a component ({', '.join(names)}), or a setting by its dotted name, such as training.batch_size"
        )
    return f"{key}.{NAME}"


def _range(key: str, found: re.Match[str]) -> RangeAxis:
    ends = [found["low"].strip(), found["high"].strip()]
    is_whole = all(re.fullmatch(r"[+-]?\d+", end) for end in ends)
    try:
        low, high = map(float, ends)
    except ValueError:
        raise UsageError(f"a range of {key} is from one number to another, not {found[0]!r}") from None
    is_logarithmic = found["log"] is not None
    if not low < high or (is_logarithmic and low <= 0):
        least = "above 0 and " if is_logarithmic else ""
        raise UsageError(f"a range of {key} goes from a number {least}to a larger one, not {found[0]!r}")
    return RangeAxis(key, low, high, is_logarithmic, is_whole)


def named_axis(sets: Mapping[str, Mapping[str, Any]]) -> NamedAxis:
    """What varies where variants have names.

    Raises:
        UsageError: there is one variant, or one sets what a study decides itself.
    """
    if len(sets) < 2:
        raise UsageError(f"there is one variant, {next(iter(sets))}: name two or more to compare")
    for name, settings in sets.items():
        for key in settings:
            require_undecided(key, f"the variant {name}: ")
    return NamedAxis(sets)


def require_undecided(key: str, whose: str = "") -> None:
    """Refuses a setting that a study decides itself.

    Raises:
        UsageError: it is one.
    """
    if key in DECIDED:
        raise UsageError(f"{whose}a study decides {key} itself, for all variants alike; see {DECIDED[key]}")


def axis_to_json(axis: Axis) -> dict[str, Any]:
    """An axis as `axis_from_json` reads it."""
    return vars(axis) | ({"values": list(axis.values)} if isinstance(axis, ChoiceAxis) else {})


def axis_from_json(written: Mapping[str, Any]) -> Axis:
    """Reads what `axis_to_json` has written; anything else raises some error."""
    if "sets" in written:
        sets = {str(name): dict(settings) for name, settings in written["sets"].items()}
        if not sets or any(len(name) >= _LONGEST for name in sets):
            raise ValueError(f"the variants are {brief(written['sets'])}")
        return NamedAxis(sets)
    values = written.get("values", [written.get("low"), written.get("high")])
    wanted = str if "values" in written else int | float
    if not isinstance(written["key"], str) or not isinstance(values, list) or not values:
        raise TypeError(f"what varies is {brief(written)}")
    if not all(isinstance(value, wanted) and len(str(value)) < _LONGEST for value in values):
        raise TypeError(f"{brief(written['key'])} varies over {brief(values)}")
    if "values" in written:
        return ChoiceAxis(written["key"], tuple(values))
    axis = RangeAxis(**written)
    if not -math.inf < axis.low < axis.high < math.inf or (axis.is_logarithmic and axis.low <= 0):
        raise ValueError(f"{brief(axis.key)} goes from {axis.low} to {axis.high}")
    return axis
