"""TOML of strangers, parsed within bounds."""

from __future__ import annotations

import tomllib
from typing import Any, Final

_MOST_DOTS: Final = 100
"""In a line: the time that Python takes for a dotted key grows with the square of its parts."""


def parse_toml(text: str) -> dict[str, Any]:
    """The table that a text holds.

    Raises:
        ValueError, RecursionError: it is not valid, or a line has more dots than any key.
    """
    if any(line.count(".") > _MOST_DOTS for line in text.splitlines() if not line.startswith("#")):
        raise ValueError(f"a line has more than {_MOST_DOTS} dots")
    return tomllib.loads(text)
