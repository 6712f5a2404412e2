"""Settings: the fields of a plugin's `Config`, read from its source text with what is written about them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ganzoo.plugins.reading import MOST_STEPS, assignments, definition, find_class, source_of
from ganzoo.plugins.source import SourceError, SourceText
from ganzoo.text import printable_lines

COMPUTED: Final = "…"
"""Stands for a default that a function computes."""


@dataclass(frozen=True)
class Setting:
    """One setting of a plugin: a field of its `Config`."""

    name: str
    annotation: str
    """The type as written, for instance `int | None`."""
    default: str | None
    """The default as written, or None where the setting is required."""
    documentation: str = ""


@dataclass(frozen=True)
class _Config:
    """A `Config` as written, and where its names mean something."""

    written: ast.ClassDef
    text: SourceText
    plugin: ast.ClassDef | None = None
    """The class that it is nested in, whose body has names too."""


def settings_of_class(plugin: ast.ClassDef, text: SourceText) -> tuple[Setting, ...]:
    """The settings of a plugin class; none where it has no `Config`.

    Raises:
        SourceError: the text doesn't tell.
    """
    return tuple(_fields(_config_class(plugin, text)).values())


def read_settings(module: str, class_name: str) -> tuple[Setting, ...]:
    """The fields of a settings dataclass that is no plugin's `Config`, such as training's own."""
    written, _text = definition(class_name, SourceText.of_module(module))
    return tuple(_own_fields(written))


def _config_class(plugin: ast.ClassDef, text: SourceText) -> _Config | None:
    """The nested `Config`, or the class that `Config = Name` points at."""
    nested = find_class(plugin, "Config")
    if nested is not None:
        return _Config(nested, text, plugin)
    assigned = assignments(plugin).get("Config")
    if assigned is None:
        return None
    if not isinstance(assigned, ast.Name):
        raise SourceError("Config is computed, not written as a class")
    try:
        return _config_named(assigned.id, text, plugin)
    except SourceError as error:
        raise SourceError(f"Config is {assigned.id}, and {error}") from None


def _config_named(name: str, text: SourceText, plugin: ast.ClassDef | None) -> _Config:
    """What a name in the body of a plugin stands for: a class nested there, or one at the top of the text."""
    nested = find_class(plugin, name) if plugin else None
    return _Config(*definition(name, text)) if nested is None else _Config(nested, text, plugin)


def _fields(config: _Config | None, depth: int = 0) -> dict[str, Setting]:
    """The fields of a `Config` by name: those it inherits first, as a dataclass has them."""
    if config is None:
        return {}
    own = {setting.name: setting for setting in _own_fields(config.written)}
    bases = config.written.bases
    if not bases:
        return own
    source = source_of(bases[0])
    if len(bases) > 1 or depth == MOST_STEPS:
        raise SourceError(f"Config inherits from {source} and more than is followed")
    base = _base_of(config, bases[0])
    if base is None or not any(map(_makes_a_dataclass, base.written.decorator_list)):
        raise SourceError(f"Config inherits from {source}, which is not written as a dataclass")
    return _fields(base, depth + 1) | own


def _base_of(config: _Config, base: ast.expr) -> _Config | None:
    """The class that a `Config` inherits from; None where the text doesn't tell."""
    try:
        match base:
            case ast.Name(id=name):
                return _config_named(name, config.text, config.plugin)
            case ast.Attribute(value=ast.Name(id=name), attr="Config"):
                return _config_class(*definition(name, config.text))
    except SourceError:
        pass
    return None


def _makes_a_dataclass(decorator: ast.expr) -> bool:
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    return source_of(called) in ("dataclass", "dataclasses.dataclass")


def _own_fields(config: ast.ClassDef) -> Iterator[Setting]:
    """The fields that a class has in its own body."""
    for index, node in enumerate(config.body):
        if not isinstance(node, ast.AnnAssign) or not isinstance(node.target, ast.Name):
            continue
        annotation = source_of(node.annotation).strip("'\"")
        if not re.match(r"(typing\.)?ClassVar\b", annotation):
            yield Setting(
                name=node.target.id,
                annotation=annotation,
                default=None if node.value is None else _default_text(node.value),
                documentation=_documentation_after(config.body, index),
            )


def _default_text(node: ast.expr) -> str | None:
    """The default as a person would type it; `field(default=3)` is 3, and None means there is none."""
    if not isinstance(node, ast.Call) or source_of(node.func) not in ("field", "dataclasses.field"):
        return source_of(node)
    given = {keyword.arg: keyword.value for keyword in node.keywords}
    if "default" in given:
        return source_of(given["default"])
    return COMPUTED if "default_factory" in given else None


def _documentation_after(body: list[ast.stmt], index: int) -> str:
    following = body[index + 1] if index + 1 < len(body) else None
    if (
        isinstance(following, ast.Expr)
        and isinstance(following.value, ast.Constant)
        and isinstance(following.value.value, str)
    ):
        return " ".join(printable_lines(following.value.value).split())
    return ""
