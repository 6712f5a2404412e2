"""Reads classes and literals from source text.

Names are followed through `from ... import ...`, so that a class may be re-exported and an attribute may be
a literal that several classes share. Where the text doesn't tell, reading raises `SourceError` with the
reason.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from ganzoo.plugins.siblings import sibling
from ganzoo.plugins.source import ClassNotFoundError, SourceError, SourceText, locate

MOST_STEPS: Final = 8
"""From module to module, and from a class to its base."""

_MOST_NAMES: Final = 100
"""Names that the attributes of one class may be written with; each may stand for a literal with more."""


_COMPUTED: Final = ast.Call(ast.Name("computed", ast.Load()), [], [])
"""Stands for a value that the text doesn't tell."""


def definition(name: str, text: SourceText) -> tuple[ast.ClassDef, SourceText]:
    """The class that a name at the top of a text stands for, and the text in which it is written.

    Raises:
        SourceError: it is not written as a class; `ClassNotFoundError` where there is none at all.
    """
    node, where = _resolve(name, text)
    if not isinstance(node, ast.ClassDef):
        raise SourceError(f"{name!r} is not written as a class at the top of {where.origin!r}")
    return node, where


def _resolve(name: str, text: SourceText) -> tuple[ast.ClassDef | ast.expr, SourceText]:
    """The class or the value that a name at the top of a text stands for, followed through imports."""
    for _ in range(MOST_STEPS):
        node = find_class(text.tree, name) or assignments(text.tree).get(name)
        if node is not None:
            return node, text
        for alias, (module, original) in _imported_names(text):
            if alias == name:
                text, name = _imported(module, text), original
                break
        else:
            raise _not_written(text, name)
    raise SourceError(f"{name!r} is re-exported more than {MOST_STEPS} times")


def _imported(module: str, by: SourceText) -> SourceText:
    """The module that a text imports from: beside a file, else as Python finds it."""
    beside = sibling(Path(by.origin).parent, module) if by.is_file else None
    return SourceText.of_module(module, by.path) if beside is None else SourceText.of_file(beside)


def find_class(within: ast.Module | ast.ClassDef, name: str) -> ast.ClassDef | None:
    """The class of that name in the body of a module or of another class."""
    for node in within.body:
        if isinstance(node, ast.ClassDef) and node.name == name:
            return node
    return None


def assignments(within: ast.ClassDef | ast.Module) -> dict[str, ast.expr]:
    """Name to value of every assignment in the body of a module or a class; the last one counts.

    What a class sets in an `if`, a loop or the like is no literal: running it decides.
    """
    found: dict[str, ast.expr] = {}
    for node in within.body:
        match node:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    found |= _assigned(target, value)
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                found[name] = value
            case ast.AugAssign(target=ast.Name(id=name), op=operator, value=value) if name in found:
                found[name] = ast.BinOp(found[name], operator, value)
            case ast.If() | ast.For() | ast.While() | ast.With() | ast.Try() | ast.Match():
                if isinstance(within, ast.ClassDef):
                    found |= dict.fromkeys(_set_within(node), _COMPUTED)
    return found


def _assigned(target: ast.expr, value: ast.expr) -> dict[str, ast.expr]:
    """Name to value of one assignment, whose target may be a tuple: `a, b = 1, 2`."""
    if isinstance(target, ast.Name):
        return {target.id: value}
    if not isinstance(target, (ast.Tuple, ast.List)):
        return {}  # an attribute, or an item of something
    targets = target.elts
    values: list[ast.expr] = []
    if isinstance(value, (ast.Tuple, ast.List)):
        values = value.elts
    if len(values) != len(targets) or any(isinstance(node, ast.Starred) for node in (*targets, *values)):
        values = [ast.Subscript(value, ast.Constant(index), ast.Load()) for index in range(len(targets))]
    found: dict[str, ast.expr] = {}
    for each, of_it in zip(targets, values, strict=True):
        found |= _assigned(each.value if isinstance(each, ast.Starred) else each, of_it)
    return found


def _set_within(statement: ast.stmt) -> Iterator[str]:
    """The names that a statement may set, besides those in functions and classes inside it."""
    waiting: list[ast.AST] = [statement]
    while waiting:
        match node := waiting.pop():
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name
                continue
            case ast.Name(id=name, ctx=ast.Store()):
                yield name
        waiting += ast.iter_child_nodes(node)


def _not_written(text: SourceText, name: str) -> SourceError:
    """Why there is no class to read: running the module may still make one, or there is none at all."""
    if _may_make(text.tree, name):
        return SourceError(f"{name!r} is not written as a class at the top of {text.origin!r}")
    return ClassNotFoundError(f"{text.origin!r} defines no class {name!r} in its source text")


def _may_make(tree: ast.Module, name: str) -> bool:
    if any(isinstance(node, ast.FunctionDef) and node.name == "__getattr__" for node in tree.body):
        return True
    for node in ast.walk(tree):
        match node:
            case ast.ClassDef(name=made) | ast.Name(id=made) if made == name:
                return True
            case ast.alias(name=imported, asname=alias) if (alias or imported) in (name, "*"):
                return True
    return False


def _imported_names(text: SourceText) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yields `alias, (module, name)` for every `from ... import ...` at the top of a text."""
    for node in text.tree.body:
        if not isinstance(node, ast.ImportFrom) or (node.level and text.is_file):
            continue
        base = node.module or ""
        if node.level:
            # In a package's __init__ one dot is the package itself; in a module it is its parent.
            is_package = locate(text.origin, text.path).submodule_search_locations is not None
            parents = text.origin.split(".")
            keep = len(parents) - node.level + (1 if is_package else 0)
            base = ".".join([*parents[: max(keep, 0)], *([base] if base else [])])
        for name in node.names:
            yield name.asname or name.name, (base, name.name)


def literal(node: ast.expr, name: str) -> Any:
    """The value of an expression, the attribute `name`, that is written out in full.

    Raises:
        SourceError: it is computed.
    """
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        raise SourceError(f"{name} is computed, not written as a literal") from None


class Literals:
    """Reads literals in which names may stand for other literals, of the same text or imported."""

    def __init__(self, text: SourceText) -> None:
        self._text = text
        self._names_left = _MOST_NAMES

    def read(self, node: ast.expr, name: str) -> Any:
        """The value of an expression, the attribute `name`.

        Raises:
            SourceError: it is computed.
        """
        try:
            return self._value(node)
        except (SourceError, ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            raise SourceError(f"{name} is computed, not written as a literal") from None

    def _value(self, node: ast.expr | ast.ClassDef) -> Any:
        match node:
            case ast.Name(id=name):
                return self._value_of_name(name)
            case ast.Dict(keys=keys, values=values):
                made: dict[Any, Any] = {}
                for key, value in zip(keys, values, strict=True):
                    read = self._value(value)
                    made |= {**read} if key is None else {self._value(key): read}
                return made
            case ast.Tuple(elts=elements):
                return tuple(map(self._value, elements))
            case _:
                return ast.literal_eval(node)

    def _value_of_name(self, name: str) -> Any:
        if not self._names_left:
            raise SourceError(f"more than {_MOST_NAMES} names")
        self._names_left -= 1
        outside = self._text
        node, self._text = _resolve(name, outside)
        try:
            return self._value(node)
        finally:
            self._text = outside


def source_of(node: ast.expr) -> str:
    """An expression as it is written.

    Raises:
        SourceError: it is nested beyond measure.
    """
    try:
        return ast.unparse(node)
    except (ValueError, RecursionError) as error:
        raise SourceError(f"Config can't be read: {error}") from None
