"""JSON made wrong where it is still JSON: values, keys and nesting that no writer of ours writes."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Final

from benchmarks.soak.hostile_files.drawing import Draw, mapped

_PLACES: Final = 2**16

_DEPTHS: Final = (50, 300, 800, 900, 930, 950, 960, 970, 980, 990, 1100)
"""Nesting, up to where Python's own limit is met by the parser or, just before, by what comes after it."""


VALUES: Final[tuple[Any, ...]] = (
    None, True, False, 0, 1, -1, 2, 7, 2**31, 2**60, 2**63, 2**64, -(2**63), 10**30, 10**400, 0.5, -0.0,
    1e308,
    5e-324, float("nan"), float("inf"), float("-inf"), "", "0", "none", "x" * 5000, "\x1b[2J\x07\r", "\ud800",
    "a\x00b", "../../x.py:Y", "/dev/zero", "antigravity:fly", "sys:Anything", "ganzoo-models:nothing", [], {},
    [1], ["a"], {"a": 1}, {"name": "x"}, [[]], [None, 1, "x"], list(range(200)),
    *(f"@nested {depth}" for depth in _DEPTHS),
)  # fmt: skip
"""What a place in the JSON is overwritten with."""

KEYS: Final = ("", "name", "step", "kind", "schema", "\x1b[2J", "a" * 3000, "\ud800", "__class__", "a.b.c")


@dataclass(frozen=True)
class Edit:
    """One change of a JSON value."""

    kind: str
    place: int
    """Which of its parts, in the order of `_parts`."""
    other: int
    """Which other part, for a swap; which key, for a renaming."""
    value: Any

    def apply(self, to: Any) -> Any:
        """The value, changed in place where that is possible."""
        parts = list(_parts(to))
        if not parts:
            return self.value
        holder, key = parts[self.place % len(parts)]
        match self.kind:
            case "replace":
                holder[key] = self.value
            case "delete":
                del holder[key]
            case "rename" if isinstance(holder, dict):
                holder[KEYS[self.other % len(KEYS)]] = holder.pop(key)
            case "wrap":
                holder[key] = [holder[key]]
            case "add" if isinstance(holder, dict):
                holder[KEYS[self.other % len(KEYS)]] = self.value
            case "repeat" if isinstance(holder, list):
                holder.insert(key, copy.deepcopy(holder[key]))
            case "swap":
                other, where = parts[self.other % len(parts)]
                holder[key] = copy.deepcopy(other[where])
            case "number" if type(holder[key]) in (int, float):
                holder[key] = holder[key] * 10 ** (self.other % 9) * (-1 if self.other % 2 else 1)
            case "whole":
                return self.value
        return to


def _parts(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every place below a JSON value, as the container that it is in and its key there."""
    pending = [value]
    while pending:
        holder = pending.pop()
        keys = (
            list(holder)
            if isinstance(holder, dict)
            else range(len(holder))
            if isinstance(holder, list)
            else ()
        )
        for key in keys:
            yield holder, key
            pending.append(holder[key])


KINDS: Final = (
    *["replace"] * 3, "delete", "rename", "wrap", "add", "repeat", "swap", *["number"] * 2, "whole"
)  # fmt: skip
"""What an edit does; what stands here twice is done twice as often."""

MOST_EDITS: Final = 3
"""Of one value."""


def edited(seeds: Sequence[Any]) -> Draw[Any]:
    """One of the JSON values, changed once to three times."""

    def draw(random: Random) -> Any:
        value = copy.deepcopy(random.choice(seeds))
        for _ in range(random.randint(1, MOST_EDITS)):
            value = _edit(random).apply(value)
        return value

    return draw


def _edit(random: Random) -> Edit:
    value = copy.deepcopy(random.choice(VALUES))
    return Edit(random.choice(KINDS), random.randrange(_PLACES), random.randrange(_PLACES), value)


def edited_json(seeds: Sequence[bytes]) -> Draw[bytes]:
    """One of the texts in JSON, with its value changed."""
    return mapped(edited([json.loads(seed) for seed in seeds]), as_json)


def as_json(value: Any) -> bytes:
    """A value as JSON, whatever Python can write; the marks of nesting become lists within lists."""
    text = json.dumps(value)
    if "@nested" in text:
        for depth in _DEPTHS:
            text = text.replace(f'"@nested {depth}"', "[" * depth + "]" * depth)
    return text.encode()
