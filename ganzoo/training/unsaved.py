"""What no checkpoint holds: what an objective or a regularisation counts or learns for itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from torch import Tensor

from ganzoo.engine.players import Players

_DEPTH = 4
"""How far objects within objects are looked into."""


class Unsaved:
    """Notices whether attributes of the objective or the regularisation change while a training goes on.

    One that was None at the beginning may be computed once and kept: that is no state.
    """

    def __init__(self, players: Players) -> None:
        self._parts = {"objective": players.objective, "regularisation": players.regularisation}
        self._before = {name: _attributes(part) for name, part in self._parts.items()}

    def changed(self) -> list[str]:
        """The attributes that have changed since the beginning: "the objective's _weight"."""
        return [
            f"the {name}'s {attribute}"
            for name, part in self._parts.items()
            for attribute, value in _attributes(part).items()
            if self._before[name].get(attribute) not in (None, value)
        ]


def _attributes(part: object) -> dict[str, Any]:
    return {name: _content(value, _DEPTH) for name, value in getattr(part, "__dict__", {}).items()}


def _content(value: Any, depth: int) -> Any:
    """What can be compared of a value, None where nothing can."""
    if isinstance(value, bool | int | float | str):
        return repr(value)  # in which nan equals itself
    if isinstance(value, Tensor):
        return str(value.dtype), tuple(value.shape), value.tolist()
    if depth == 0 or value is None:
        return None
    if isinstance(value, Mapping):
        return {repr(key): _content(item, depth - 1) for key, item in value.items()}
    if isinstance(value, Iterable):
        return [_content(item, depth - 1) for item in value] if isinstance(value, list | tuple) else None
    inside = getattr(value, "__dict__", None)
    return {name: _content(item, depth - 1) for name, item in inside.items()} if inside else None
