"""Values of settings: from text, TOML or JSON to what a setting's type asks for."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterable
from typing import Any

from ganzoo.errors import UsageError
from ganzoo.text import brief


def parse_assignment(text: str) -> tuple[str, str]:
    """Splits `section.key=value`, as given to `--set`.

    Raises:
        UsageError: there is no `=`, or no key before it.
    """
    key, equals, value = text.partition("=")
    if not equals or not key.strip():
        raise UsageError(f"--set takes section.key=value, for instance training.batch_size=64, not {text!r}")
    return key.strip(), value.strip()


def parse_value(key: str, annotation: str, value: Any) -> Any:
    """Turns text or a TOML/JSON value into what an annotation asks for.

    Understands bool, int, float, str, `Literal[...]`, `X | None`, `tuple[X, ...]` and unions of them.

    Raises:
        UsageError: the value is not one, or the annotation is none of these.
    """
    try:
        tree = ast.parse(annotation, mode="eval").body
        return _parse(tree, value)
    except (_UnsupportedTypeError, SyntaxError):
        raise UsageError(f"{key} is of type {annotation!r}, which can't be set from outside") from None
    except (ValueError, OverflowError):
        raise UsageError(f"{key} takes {_describe(tree)}, not {brief(value)}") from None


class _UnsupportedTypeError(Exception):
    """An annotation that settings may not have."""


def _parse(annotation: ast.expr, value: Any) -> Any:
    match annotation:
        case ast.Name(id="bool"):
            return _parse_bool(value)
        case ast.Name(id="int"):
            if isinstance(value, bool) or not isinstance(value, (int, str)):
                raise ValueError
            return int(value)
        case ast.Name(id="float"):
            if isinstance(value, bool) or not isinstance(value, (int, float, str)):
                raise ValueError
            if not math.isfinite(number := float(value)):
                raise ValueError
            return number
        case ast.Name(id="str"):
            if not isinstance(value, str):
                raise ValueError
            return value
        case ast.Constant(value=None):
            if value is not None and not (isinstance(value, str) and value.lower() in ("none", "null")):
                raise ValueError
            return None
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            # None first, so that "none" is not swallowed by `str | None`.
            return _parse_first(sorted((left, right), key=lambda t: not isinstance(t, ast.Constant)), value)
        case ast.Subscript(value=ast.Name(id="Optional"), slice=inner):
            return _parse_first((ast.Constant(None), inner), value)
        case ast.Subscript(value=ast.Name(id="Literal"), slice=choices):
            return _parse_literal(choices, value)
        case ast.Subscript(
            value=ast.Name(id="tuple"), slice=ast.Tuple(elts=[item, ast.Constant(value=last)])
        ) if last is Ellipsis:
            if isinstance(value, str):
                value = [text.strip() for text in value.split(",") if text.strip()]
            if not isinstance(value, (list, tuple)):
                raise ValueError
            return tuple(_parse(item, element) for element in value)
    raise _UnsupportedTypeError


def _parse_bool(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    words = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False}
    words["0"] = False
    if not isinstance(value, str) or value.lower() not in words:
        raise ValueError
    return words[value.lower()]


def _parse_first(annotations: Iterable[ast.expr], value: Any) -> Any:
    for annotation in annotations:
        try:
            return _parse(annotation, value)
        except ValueError:
            continue
    raise ValueError


def _parse_literal(choices: ast.expr, value: Any) -> Any:
    for choice in choices.elts if isinstance(choices, ast.Tuple) else [choices]:
        constant = ast.literal_eval(choice)
        if (value == constant and type(value) is type(constant)) or value == str(constant):
            return constant
    raise ValueError


def _describe(annotation: ast.expr) -> str:
    """What a person may type for a type, in words."""
    match annotation:
        case ast.BinOp(left=left, right=right):
            return f"{_describe(left)} or {_describe(right)}"
        case ast.Subscript(value=ast.Name(id="Optional"), slice=inner):
            return f"{_describe(inner)} or none"
        case ast.Subscript(value=ast.Name(id="Literal"), slice=choices):
            return f"one of {ast.unparse(choices).strip('()')}"
        case ast.Subscript(value=ast.Name(id="tuple"), slice=ast.Tuple(elts=[item, _])):
            return f"{_describe(item)}, or several separated by commas"
    words = {
        "bool": "true or false",
        "int": "a whole number",
        "float": "a number",
        "str": "text",
        "None": "none",
    }
    text = ast.unparse(annotation)
    return words.get(text, text)
