"""The files of a plugin that is named by its file: itself, and the modules beside it that it imports.

`import helper` in `folder/plugin.py` means `folder/helper.py`, or the package `folder/helper/`, where there
is one; a module of the standard library keeps its name. Which files these are is read from the text.
"""

from __future__ import annotations

import ast
import contextlib
import hashlib
import os
import sys
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Final

from ganzoo.files import read_bytes
from ganzoo.plugins.source import MOST_BYTES, SourceError, SourceText

MOST_FILES: Final = 200
"""Files of one plugin; a folder beside it may hold any number."""


def sibling(folder: Path, module: str) -> Path | None:
    """The file of a module, or of a package's `__init__.py`, in a folder; None where there is none."""
    parts = module.split(".")
    if parts[0] in sys.stdlib_module_names or not all(part.isidentifier() for part in parts):
        return None
    place = folder.joinpath(*parts)
    found = (place.with_name(f"{parts[-1]}.py"), place / "__init__.py")
    return next((path for path in found if path.is_file()), None)


def siblings_of(path: Path) -> dict[str, Path]:
    """The modules beside a file that it imports, and those import in turn: name to file.

    Of a package every module is meant; its name stands for its `__init__.py`.

    Raises:
        SourceError: there are more than `MOST_FILES` files.
    """
    found: dict[str, Path] = {}
    waiting = [path]
    while waiting:
        for module in _imported_modules(waiting.pop()):
            name = module.partition(".")[0]
            beside = sibling(path.parent, name)
            if beside is None or beside == path or name in found:
                continue
            found[name] = beside
            waiting += _files_of(beside)
            if len(waiting) > MOST_FILES:
                raise SourceError(f"beside {path} are more than {MOST_FILES} files of it")
    return found


def files_of(path: Path) -> tuple[Path, ...]:
    """A plugin's file first, then all others of it, in order.

    Raises:
        SourceError: as `siblings_of` does.
    """
    beside = {file for found in siblings_of(path).values() for file in _files_of(found)}
    return (path, *sorted(beside - {path}))


def digest_of(path: Path) -> str:
    """What tells one version of a plugin's files from another: `"sha256:0123456789ab"`.

    Of a single file it is the file's own SHA-256, shortened.

    Raises:
        OSError: a file can't be read.
    """
    try:
        path, *others = files_of(path)
    except SourceError:
        others = []
    found = hashlib.sha256(read_bytes(path, MOST_BYTES))
    for other in others:
        found.update(os.fsencode(other.relative_to(path.parent)) + b"\0" + read_bytes(other, MOST_BYTES))
    return f"sha256:{found.hexdigest()[:12]}"


def digests_of(path: Path) -> Mapping[str, str]:
    """The SHA-256 of each of a plugin's files, by its absolute path.

    Raises:
        OSError: a file can't be read.
        SourceError: as `siblings_of` does.
    """
    return {str(file): hashlib.sha256(read_bytes(file, MOST_BYTES)).hexdigest() for file in files_of(path)}


def _files_of(module: Path) -> list[Path]:
    """The file of a module; every one of a package."""
    if module.name != "__init__.py":
        return [module]
    return sorted(islice(module.parent.rglob("*.py"), MOST_FILES + 1))


def _imported_modules(path: Path) -> Iterator[str]:
    """The modules that a text imports, anywhere in it; none where it can't be read."""
    with contextlib.suppress(SourceError):
        for node in ast.walk(SourceText.of_file(path).tree):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
                yield node.module
