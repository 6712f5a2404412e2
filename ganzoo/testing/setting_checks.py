"""The check that every setting of a plugin does something: with another value, something is another."""

from __future__ import annotations

import ast
import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

from torch import Tensor

from ganzoo.errors import UsageError
from ganzoo.plugins.card import card_of_class
from ganzoo.plugins.discovery import kind_named
from ganzoo.settings.values import parse_value
from ganzoo.testing.checks import Failure, Subject, check, require
from ganzoo.testing.placement import own_state, repeats


class ObservedSubject(Subject, ABC):
    """A plugin of which everything that its settings decide can be seen in a moment."""

    @abstractmethod
    def observed(self) -> list[Tensor]:
        """What it does, with random numbers that are the same each time.

        Raises:
            UsageError, ValueError: it refuses its settings.
        """


_FLOATS: Final = (0.5, 0.25, 0.9, 1.0, 0.0)
_INTS: Final = (1, 2, 3)


def other_values(annotation: str, value: Any) -> Iterator[Any]:
    """Other values of a setting, those most likely to be valid first; none for text, which may be a path."""
    yield from (each for each in _others(ast.parse(annotation, mode="eval").body, value) if each != value)


def _others(annotation: ast.expr, value: Any) -> Iterator[Any]:
    match annotation:
        case ast.Name(id="bool"):
            yield from (True, False)
        case ast.Name(id="int"):
            whole = value if type(value) is int else 4
            yield from (whole + 2, whole + 1, 2 * whole, whole // 2, whole - 1, *_INTS)
        case ast.Name(id="float"):
            number = float(value or 0.0) if not isinstance(value, str) else 0.0
            yield from (0.75 * number, 2 * number, number + 0.1, -number, *_FLOATS)
        case ast.Constant(value=None):
            yield None
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            for part in (left, right):
                yield from _others(part, value)
        case ast.Subscript(value=ast.Name(id="Literal"), slice=choices):
            for choice in choices.elts if isinstance(choices, ast.Tuple) else [choices]:
                yield ast.literal_eval(choice)
        case ast.Subscript(value=ast.Name(id="tuple")) if isinstance(value, tuple):
            yield from (value[:-1], value[1:], value + value[-1:])


@check(
    why="A setting without an effect is a promise that nobody keeps: whoever sets it compares two runs that "
    "are one, and believes in the difference.",
    remedy="Use every setting of the Config, or remove it. Refuse values that don't work with a ValueError "
    "in __post_init__ or a UsageError in the constructor.",
)
def every_setting_has_an_effect(subject: ObservedSubject) -> None:
    before = _observe(subject, {})
    assert isinstance(before, list)
    idle = []
    for name, annotation in _settings(subject):
        tried = list(_tried(subject, name, annotation, before))
        if tried and not any(tried):
            idle.append(name)
    for name in idle:  # some count only together with another
        require(_counts_with_another(subject, name), f"no other value of {name} changes anything")


def _settings(subject: Subject) -> list[tuple[str, str]]:
    card = card_of_class(subject.cls, kind_named(subject.plugin.kind))
    return [(each.name, each.annotation.strip("'\"")) for each in card.settings]


def _tried(
    subject: ObservedSubject, name: str, annotation: str, before: list[Tensor], **besides: Any
) -> Iterator[bool]:
    """Whether anything is another, for each value that is not refused, until something is."""
    for value in other_values(annotation, getattr(subject.config, name)):
        after = _observe(subject, {**besides, name: value})
        if after is not None:
            changed = _differ(before, after)
            yield changed
            if changed:
                return


def _counts_with_another(subject: ObservedSubject, name: str) -> bool:
    annotations = dict(_settings(subject))
    for other, annotation in annotations.items():
        others = [] if other == name else list(other_values(annotation, getattr(subject.config, other)))
        for value in reversed(others):  # the farthest first
            before = _observe(subject, {other: value})
            if before is not None:
                tried = _tried(subject, name, annotations[name], before, **{other: value})
                if any(islice(tried, 2)):
                    return True
    return False


def _observe(subject: ObservedSubject, settings: dict[str, Any]) -> list[Tensor] | None:
    """What the plugin does with these settings; None where it refuses them."""
    kind = subject.plugin.kind
    given = {f"{kind}.{name}": value for name, value in settings.items()}
    annotations = dict(_settings(subject))
    try:
        for name, value in settings.items():
            parse_value(name, annotations[name], value)
        changed = dataclasses.replace(subject, settings={**subject.settings, **given})
        with own_state(subject.device):
            return changed.observed()
    except (UsageError, ValueError):
        if not settings:
            raise
        return None
    except Failure as failure:
        said = ", ".join(f"{name} = {value!r}" for name, value in settings.items())
        raise Failure(f"with {said}: {failure}") from None
    except Exception as error:
        said = ", ".join(f"{name} = {value!r}" for name, value in settings.items())
        raise Failure(f"with {said}: {type(error).__name__}: {error}") from None


def _differ(before: list[Tensor], after: list[Tensor]) -> bool:
    if len(before) != len(after):
        return True
    pairs = zip(before, after, strict=True)
    return any(one.dtype != other.dtype or not repeats(one, other) for one, other in pairs)
