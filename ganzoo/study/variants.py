"""The variants of a study: every combination of what varies, with a name and what people read."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ganzoo.errors import UsageError
from ganzoo.study.axes import NAMED, Axis, shown

_LONG_NUMBER: Final = 8
"""Characters of a number that nobody has typed."""

VARIANT_NAME: Final = re.compile(r"[A-Za-z0-9+][A-Za-z0-9.+_-]{0,199}")
"""What a variant may be called: a name of a file, short enough for one, and nothing that leads elsewhere."""


@dataclass(frozen=True)
class Variant:
    """One combination of what a study varies."""

    name: str
    """Fit for a folder's name."""
    values: Mapping[str, str]
    """`"section.key"` to the value that is typed for it; `"variant"` to a name of the study's file."""

    @property
    def label(self) -> str:
        """What people read: `upsampling=resize-conv`, or a name of the study's file."""
        return ", ".join(_label(key, value) for key, value in self.values.items())

    @property
    def brief(self) -> str:
        """The same with four digits of numbers that a search has chosen."""
        return ", ".join(_label(key, _brief(value)) for key, value in self.values.items())


def _label(key: str, value: str) -> str:
    return value if key == NAMED else f"{shown(key)}={value}"


def _brief(value: str) -> str:
    """A number that a search has chosen with four digits, anything else as it is."""
    try:
        return f"{float(value):.4g}" if len(value) > _LONG_NUMBER else value
    except ValueError:
        return value


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
