"""Frozen dataclasses to plain JSON values and back, checked by their annotations.

A class with methods `to_json` and `from_json` is asked instead. Fields that a class doesn't have are ignored.
"""

from __future__ import annotations

import functools
import types
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from ganzoo.text import brief

T = TypeVar("T")


class DamagedError(ValueError):
    """A value is not what its place asks for; the message starts with the place."""


def encode(value: Any) -> Any:
    """Turns dataclasses, tuples and mappings into dicts and lists."""
    if hasattr(value, "to_json"):
        return value.to_json()
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: encode(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Mapping):
        return {key: encode(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [encode(item) for item in value]
    return value


def decode(cls: type[T], value: Any, place: str = "") -> T:
    """Builds a dataclass from a dict.

    Raises:
        DamagedError: a field is missing or has another type than its annotation.
    """
    if not isinstance(value, dict):
        raise _wrong(place, value, "an object")
    if hasattr(cls, "from_json"):
        read: T = cls.from_json(value)  # type: ignore[attr-defined]
        return read
    hints = _hints(cls)  # type: ignore[arg-type]
    arguments: dict[str, Any] = {}
    for f in fields(cls):  # type: ignore[arg-type]
        inner = f"{place}.{f.name}" if place else f.name
        if f.name in value:
            arguments[f.name] = _convert(hints[f.name], value[f.name], inner)
        elif f.default is MISSING and f.default_factory is MISSING:
            raise DamagedError(f"{inner} is missing")
    try:
        return cls(**arguments)
    except ValueError as error:
        raise DamagedError(f"{place or 'the report'}: {error}") from None


@functools.cache
def _hints(cls: type) -> dict[str, Any]:
    return get_type_hints(cls)


def _convert(hint: Any, value: Any, place: str) -> Any:
    origin, arguments = get_origin(hint), get_args(hint)
    if hint is Any:
        return value
    if origin in (Union, types.UnionType):
        (inner,) = (argument for argument in arguments if argument is not types.NoneType)
        return None if value is None else _convert(inner, value, place)
    if origin is Literal:
        if value not in arguments:
            raise _wrong(place, value, " or ".join(map(repr, arguments)))
        return value
    if origin is tuple:
        return _convert_tuple(arguments, value, place)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        if not isinstance(value, dict):
            raise _wrong(place, value, "an object")
        return {key: _convert(arguments[1], item, f"{place}.{key}") for key, item in value.items()}
    if is_dataclass(hint):
        return decode(hint, value, place)  # type: ignore[arg-type]
    return _convert_scalar(hint, value, place)


def _convert_tuple(arguments: tuple[Any, ...], value: Any, place: str) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise _wrong(place, value, "a list")
    if arguments[-1] is not Ellipsis and len(value) != len(arguments):
        raise _wrong(place, value, f"a list of {len(arguments)}")
    hints = [arguments[0]] * len(value) if arguments[-1] is Ellipsis else arguments
    return tuple(
        _convert(hint, item, f"{place}[{index}]")
        for index, (hint, item) in enumerate(zip(hints, value, strict=True))
    )


def _convert_scalar(hint: Any, value: Any, place: str) -> Any:
    if isinstance(value, int) and abs(value) >= 2**63:
        raise _wrong(place, value, "a number of 64 bits")
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, hint) or (isinstance(value, bool) and hint is not bool):
        names = {int: "an integer", float: "a number", str: "a text", bool: "true or false"}
        raise _wrong(place, value, names[hint])
    return value


def _wrong(place: str, value: Any, wanted: str) -> DamagedError:
    shown = brief(value)
    return DamagedError(
        f"{place or 'the report'} is {shown if len(shown) <= 60 else shown[:57] + '...'}, not {wanted}"
    )
