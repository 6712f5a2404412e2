"""Goals: a metric and the value at which it is good enough, written `frechet-distance<40`."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

_GOAL: Final = re.compile(r"\s*(?P<metric>[a-z][a-z0-9-]*)\s*(?P<sign>[<>])\s*(?P<value>[^\s<>=]+)\s*")


@dataclass(frozen=True)
class Goal:
    """A metric, and the value that it is to pass."""

    metric: str
    is_below: bool
    """Whether the figure is to be below the value; else it is to be above."""
    value: float

    def is_met(self, value: float | None) -> bool:
        """Whether a figure passes; None, an evaluation without one, does not."""
        return value is not None and (value < self.value if self.is_below else value > self.value)

    def is_met_by(self, figures: Mapping[str, Mapping[str, Any]]) -> bool:
        """Whether an evaluation of a run passes.

        Args:
            figures: name to figure, of which `metric` says what it is; the name does where it has none.
        """
        values = (f.get("value") for name, f in figures.items() if f.get("metric", name) == self.metric)
        return any(map(self.is_met, values))

    def __str__(self) -> str:
        return f"{self.metric}{'<' if self.is_below else '>'}{self.value:g}"


def parse_goal(text: str) -> Goal:
    """Reads a goal.

    Raises:
        ValueError: it is none; the message completes "until ...".
    """
    found = _GOAL.fullmatch(text)
    try:
        value = float(found["value"]) if found else math.nan
    except ValueError:
        value = math.nan
    if found is None or not math.isfinite(value):
        raise ValueError(f"must be a metric and a value, such as frechet-distance<40, not {text!r}")
    return Goal(found["metric"], found["sign"] == "<", value)
