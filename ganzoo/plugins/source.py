"""Finds the source text of modules and files, without importing anything."""

from __future__ import annotations

import ast
import importlib.machinery
import os
import sys
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from ganzoo.files import read_bytes, require_file
from ganzoo.text import SUMMARY_LENGTH, printable

SOURCE_LENGTH: Final = 2_000_000
"""Characters of source text that are read as Python; parsing takes hundreds of bytes for each."""

MOST_BYTES: Final = 4 * SOURCE_LENGTH
"""Bytes of a file of source text: a character takes up to four."""


class SourceError(Exception):
    """The source text doesn't tell what is asked; the message is the reason.

    A message may quote the text it is about, so it is made fit for a terminal.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(printable(reason, 5 * SUMMARY_LENGTH))


class ClassNotFoundError(SourceError):
    """There is no such module, or it has no such class."""


@dataclass(frozen=True)
class SourceText:
    """The text of a module or a file, in which names mean something."""

    tree: ast.Module
    origin: str
    """The module's name or the file's path."""
    is_file: bool = False
    path: tuple[str, ...] = ()
    """Folders in which modules are looked for before those that Python imports from."""

    @classmethod
    def of_module(cls, module: str, path: tuple[str, ...] = ()) -> Self:
        """Reads an importable module, or one in a folder of a path."""
        return cls(_parse(module_source(module, path), module), module, path=path)

    @classmethod
    def of_file(cls, path: Path) -> Self:
        """Reads a `.py` file."""
        try:
            source = read_bytes(path, MOST_BYTES)
        except OSError as error:
            raise SourceError(f"{path} can't be read: {error}") from None
        return cls(_parse(source, str(path)), str(path), is_file=True)

    @classmethod
    def of(cls, origin: str, path: tuple[str, ...] = ()) -> Self:
        """Reads a module by its name, or a file by its path, which ends in `.py`."""
        return cls.of_file(Path(origin)) if origin.endswith(".py") else cls.of_module(origin, path)


def module_source(module: str, path: tuple[str, ...] = ()) -> str:
    """The source text of an importable module, found without importing it or its parents.

    Raises:
        SourceError: there is no such module, or it has no source text.
    """
    spec = locate(module, path)
    get_source = getattr(spec.loader, "get_source", None)
    try:
        if (
            spec.has_location and spec.origin is not None and os.path.lexists(spec.origin)
        ):  # none in an archive
            require_file(Path(spec.origin), MOST_BYTES)
        source = get_source(module) if get_source else None
    except Exception as error:  # loaders are other people's, too
        raise SourceError(f"the source of {module!r} can't be read: {error}") from None
    if source is None:
        raise SourceError(f"{module!r} has no Python source text")
    return str(source)


def locate(module: str, path: tuple[str, ...] = ()) -> importlib.machinery.ModuleSpec:
    """`importlib.util.find_spec`, but without importing the parents of a submodule.

    Args:
        module: its full name.
        path: folders that are looked in before those that Python imports from.

    Raises:
        ClassNotFoundError: there is no such module.
    """
    parts = module.split(".")
    is_there = path and importlib.machinery.PathFinder.find_spec(parts[0], path) is not None
    search: list[str] | None = list(path) if is_there else None
    for depth in range(1, len(parts)):
        parent = ".".join(parts[:depth])
        search = _require_spec(parent, search).submodule_search_locations
        if search is None:
            raise ClassNotFoundError(f"{parent!r} is a module, not a package")
        search = list(search)
    return _require_spec(module, search)


def _require_spec(name: str, search: list[str] | None) -> importlib.machinery.ModuleSpec:
    spec = _find_spec(name, search)
    if spec is None:
        raise ClassNotFoundError(f"there is no module {name!r}")
    return spec


def _find_spec(name: str, search: list[str] | None) -> importlib.machinery.ModuleSpec | None:
    for finder in sys.meta_path:
        find = getattr(finder, "find_spec", None)
        try:
            spec: importlib.machinery.ModuleSpec | None = find(name, search) if find else None
        except KeyError:
            spec = _namespace_spec(name, search or [])
        except Exception:  # finders are other people's, and can't be asked without running them
            spec = None
        if spec is not None:
            return spec
    return None


def _namespace_spec(name: str, search: list[str]) -> importlib.machinery.ModuleSpec:
    """The namespace package `name` inside another: `PathFinder` would look its parent up in `sys.modules`."""
    spec = importlib.machinery.ModuleSpec(name, None, is_package=True)
    folders = [Path(folder, name.rpartition(".")[2]) for folder in search]
    spec.submodule_search_locations = [str(folder) for folder in folders if folder.is_dir()]
    return spec


def _parse(source: str | bytes, origin: str) -> ast.Module:
    if len(source) > SOURCE_LENGTH:
        raise SourceError(f"{origin!r} is longer than {SOURCE_LENGTH:,} characters")
    try:
        with warnings.catch_warnings():
            # A doubtful escape sequence in a stranger's file is not the business of whoever lists it.
            warnings.simplefilter("ignore")
            return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise SourceError(f"{origin!r} is not valid Python: {error}") from None
