"""What no checkpoint holds: what an objective or a regularisation counts or learns outside its buffers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from torch import Tensor, nn

_DEPTH: Final = 4
"""How far objects within objects are looked into."""

_MODULE: Final = frozenset(vars(nn.Module()))
"""The attributes in which every module keeps its own books."""


class Unsaved:
    """Notices whether attributes change that no checkpoint holds: any but the buffers of a module.

    One that was None at the beginning may be computed once and kept: that is no state.

    Args:
        parts: what is watched, by what it is called; None where there is nothing.
    """

    def __init__(self, parts: Mapping[str, object]) -> None:
        self._parts = {called: part for called, part in parts.items() if part is not None}
        self._before = {called: _attributes(part) for called, part in self._parts.items()}

    def changed(self) -> list[str]:
        """The attributes that have changed since the beginning: "the objective's _weight"."""
        return [
            f"the {called}'s {attribute}"
            for called, part in self._parts.items()
            for attribute, value in _attributes(part).items()
            if self._before[called].get(attribute) not in (None, value)
        ]


def _attributes(part: object) -> dict[str, Any]:
    found = _of_module(part) if isinstance(part, nn.Module) else getattr(part, "__dict__", {}).items()
    return {name: _content(value, _DEPTH) for name, value in found}


def _of_module(module: nn.Module) -> Iterator[tuple[str, Any]]:
    """All that a module and those in it hold and a checkpoint doesn't, by their names."""
    saved = module.state_dict().keys()
    for path, inner in module.named_modules():
        prefix = f"{path}." if path else ""
        for name, value in vars(inner).items():
            if name not in _MODULE:
                yield prefix + name, value
        for name, buffer in inner.named_buffers(recurse=False):
            if prefix + name not in saved:
                yield prefix + name, buffer


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
