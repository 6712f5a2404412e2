"""Imports modules and files of plugins, and says where in them an import has failed."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import os
import sys
import traceback
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from ganzoo.plugins.siblings import digest_of, siblings_of
from ganzoo.plugins.source import SourceError
from ganzoo.text import printable


def import_origin(origin: str) -> ModuleType:
    """Imports a module by its name, or a file by its path, which ends in `.py`.

    Raises:
        ImportError: the file imports a module beside it, and another of that name has been imported.
        Exception: whatever running it raises.
    """
    return _import_file(Path(origin)) if origin.endswith(".py") else importlib.import_module(origin)


def cause_of(error: BaseException) -> str:
    """What an import has raised, in words, and in which line of which file."""
    try:
        said = f"{type(error).__name__}: {printable(str(error))}"
    except Exception:  # a message that can't be made is not worth a second failure
        said = type(error).__name__
    place = _place_of(error)
    return f"{said}\nat {place}" if place else said


def _place_of(error: BaseException) -> str | None:
    if isinstance(error, SyntaxError) and error.filename and error.lineno:
        return f"{printable(error.filename)}, line {error.lineno}"
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith("<") and Path(frame.filename).parent != Path(__file__).parent
    ]
    return f"{printable(frames[-1].filename)}, line {frames[-1].lineno}" if frames else None


class _Beside:
    """Finds the modules beside files of plugins, which are on no path."""

    def __init__(self) -> None:
        self.files: dict[str, Path] = {}
        """The newest that was asked for under each name."""
        self.digests: dict[str, str] = {}

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The module of that name, as `sys.meta_path` asks for it."""
        file = self.files.get(name) if path is None else None
        if file is None:
            return None
        folders = [str(file.parent)] if file.name == "__init__.py" else None
        return importlib.util.spec_from_file_location(name, file, submodule_search_locations=folders)

    def add(self, path: Path) -> None:
        """Makes the modules beside a plugin's file importable; one that has changed is imported anew.

        Raises:
            ImportError: another module has the name of one of them in this process.
        """
        for name, file in siblings_of(path).items():
            digest, loaded = digest_of(file), sys.modules.get(name)
            if loaded is not None:
                origin = getattr(loaded, "__file__", None) or "another module"
                if origin != str(file) and (name not in self.files or Path(origin).exists()):
                    raise ImportError(
                        f"{file} can't be imported as {name!r}, which is {origin} in this process; "
                        "rename it, or make a package of the plugin"
                    )
                known = self.files.get(name), self.digests.get(name)
                if name in self.files and known != (file, digest):  # changed, or moved
                    for module in [each for each in sys.modules if each.partition(".")[0] == name]:
                        del sys.modules[module]
            self.files[name], self.digests[name] = file, digest
        if self not in sys.meta_path:
            sys.meta_path.insert(0, self)


_BESIDE: Final = _Beside()


def _import_file(path: Path) -> Any:
    try:
        _BESIDE.add(path)
    except SourceError as error:
        raise ImportError(str(error)) from None
    # A file that has changed is another module, as it is another version of the plugin.
    digest = hashlib.sha256(os.fsencode(path) + digest_of(path).encode()).hexdigest()[:12]
    name = f"ganzoo_file_{digest}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} can't be imported")
    module = importlib.util.module_from_spec(spec)
    # dataclasses with postponed annotations look their module up by name while the body runs.
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module
