"""What a study varies: `upsampling=resize-conv,pixel-shuffle`, or a range to search, `KEY=1e-4..1e-3:log`."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ganzoo.errors import UsageError, near_matches
from ganzoo.plugins.discovery import kinds
from ganzoo.settings.configuration import NAME, RUN, TRAINING
from ganzoo.text import brief

DECIDED: Final = {
    f"{TRAINING}.seed": "--seeds",
    f"{TRAINING}.epochs": "--budget",
    f"{TRAINING}.max_steps": "--budget",
    f"{RUN}.max_seconds": "--budget",
    f"{RUN}.until": "--budget",
}
"""Settings that a study decides itself, and the option that says how."""

_LONG_NUMBER: Final = 8
"""Characters of a number that nobody has typed."""

VARIANT_NAME: Final = re.compile(r"[A-Za-z0-9+][A-Za-z0-9.+_-]*")
"""What a variant may be called: a name of a file, and nothing that leads elsewhere."""

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


Axis = ChoiceAxis | RangeAxis


@dataclass(frozen=True)
class Variant:
    """One combination of what a study varies."""

    name: str
    """Fit for a folder's name."""
    values: Mapping[str, str]
    """`"section.key"` to the value that is typed for it."""

    @property
    def label(self) -> str:
        """What people read: `upsampling=resize-conv`."""
        return ", ".join(f"{shown(key)}={value}" for key, value in self.values.items())

    @property
    def brief(self) -> str:
        """The same with four digits of numbers that a search has chosen."""
        return ", ".join(f"{shown(key)}={_brief(value)}" for key, value in self.values.items())


def shown(key: str) -> str:
    """A key as it is typed: a component's name goes without `.name`."""
    return key.removesuffix(f".{NAME}")


def _brief(value: str) -> str:
    """A number that a search has chosen with four digits, anything else as it is."""
    try:
        return f"{float(value):.4g}" if len(value) > _LONG_NUMBER else value
    except ValueError:
        return value


def parse_axis(text: str) -> Axis:
    """Reads one `--vary`.

    Raises:
        UsageError: it is none, or varies what a study decides itself.
    """
    key, equals, value = (part.strip() for part in text.partition("="))
    if not equals or not key or not value:
        raise UsageError(f"--vary takes KEY=VALUE,VALUE or KEY=LOW..HIGH, not {text!r}")
    key = full_key(key)
    if key in DECIDED:
        raise UsageError(f"a study decides {key} itself, for all variants alike; see {DECIDED[key]}")
    found = _RANGE.fullmatch(value)
    if found:
        return _range(key, found)
    values = tuple(part.strip() for part in value.split(","))
    if len(values) < 2 or "" in values:
        raise UsageError(
            f"--vary {text} has one value: give two or more, or take it out and use --set {key}=..."
        )
    if len(set(values)) < len(values):
        raise UsageError(f"--vary {text} has a value twice")
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
        raise UsageError(
            f"there is nothing called {key!r} to vary{near_matches(key, names)}\n"
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


def axis_to_json(axis: Axis) -> dict[str, Any]:
    """An axis as `axis_from_json` reads it."""
    return vars(axis) | ({"values": list(axis.values)} if isinstance(axis, ChoiceAxis) else {})


def axis_from_json(written: Mapping[str, Any]) -> Axis:
    """Reads what `axis_to_json` has written; anything else raises some error."""
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


def combinations(axes: Sequence[Axis]) -> list[Variant]:
    """Every combination of the values of all axes, and of the ends of ranges.

    Raises:
        UsageError: no axis is given, or one twice.
    """
    keys = [axis.key for axis in axes]
    if not keys:
        raise UsageError("nothing varies; say what: --vary upsampling=transposed-conv,resize-conv")
    for key in keys:
        if keys.count(key) > 1:
            raise UsageError(f"{shown(key)} is varied twice; give all its values in one --vary")
    rows = itertools.product(*(axis.ends for axis in axes))
    return named([dict(zip(keys, row, strict=True)) for row in rows])


def named(rows: Sequence[Mapping[str, str]]) -> list[Variant]:
    """Variants with names that tell them apart."""
    names: list[str] = []
    for values in rows:
        words = (re.sub(r"[^A-Za-z0-9.+-]+", "-", value).strip("-._") or "x" for value in values.values())
        name = "_".join(words)[:80]
        names.append(name if name not in names else f"{name}_{len(names)}")
    return [Variant(name, values) for name, values in zip(names, rows, strict=True)]
