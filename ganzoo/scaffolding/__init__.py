"""Scaffolding: writes a plugin package that installs, is listed, passes its check and trains as it is.

The templates are what a third party would write: the class itself beside the declaration of its kind, the
rest beside this file. Everything is filled in by `string.Template`, so a template reads like the file it
becomes.
"""

from __future__ import annotations

import ast
import importlib.metadata
import keyword
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Final

from ganzoo.errors import PluginError, UsageError
from ganzoo.folders import new_folder
from ganzoo.plugins import discovery
from ganzoo.plugins.api import SUPPORTED_API
from ganzoo.plugins.discovery import kind_named
from ganzoo.plugins.kinds import Kind
from ganzoo.text import printable

_NAME: Final = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_LONGEST_NAME: Final = 30
_PREFIX: Final = "ganzoo-"
_CORE: Final = "ganzoo-torch"
_CONDITIONAL: Final = "model_conditional.template"
"""Beside the declaration of the kind `model`: a model that takes labels."""


@dataclass(frozen=True)
class Package:
    """A plugin package to be written: what it is called, and the text of each of its files."""

    kind: str
    name: str
    files: Mapping[str, str | bytes]
    """Path below the package's folder to text or bytes."""

    @property
    def distribution(self) -> str:
        """What `pip install` calls it, and the usual name of its folder."""
        return _PREFIX + self.name.replace(".", "-")


def package(kind: str, name: str, *, is_conditional: bool = False) -> Package:
    """Fills in the templates of a kind.

    Args:
        kind: what it is to be.
        name: the plugin's own.
        is_conditional: whether a model takes labels; its template is another one.

    Raises:
        UsageError: there is no such kind, none of it that takes labels, or the name is malformed or taken.
        PluginError: the kind is a third party's, and its template can't be read or filled in.
    """
    declared = kind_named(kind)
    if not declared.template:
        raise UsageError(f"the kind {kind} has no template, so there is nothing to write a package from")
    if is_conditional:
        if kind != "model":
            raise UsageError("--conditional is for: ganzoo new model NAME")
        declared = replace(declared, template=_CONDITIONAL)
    _require_good_name(name)
    require_free_name(kind, name)
    try:
        return _filled(declared, name)
    except (OSError, KeyError, ValueError, SyntaxError, RecursionError) as error:
        if declared.distribution is None:
            raise
        raise PluginError(
            f"the template {declared.template} of the kind {kind} ({declared.distribution}) can't be used: "
            f"{type(error).__name__}: {printable(str(error))}"
        ) from error


def _filled(declared: Kind, name: str) -> Package:
    template = (declared.directory / declared.template).read_text(encoding="utf-8")
    words = _words(declared, name, template)
    _require_good_class(template, words)
    return Package(
        declared.name,
        name,
        {
            "pyproject.toml": _fill(shared("pyproject.toml"), words),
            "README.md": _fill(shared("README.md"), words),
            f"{words['package']}/__init__.py": _fill(template, words),
            f"{words['package']}/py.typed": "",
            "tests/test_conformance.py": _fill(shared("test_conformance.py"), words),
        },
    )


def write(package: Package, folder: Path) -> None:
    """Writes a package to a new or empty folder: whole, or not at all.

    Raises:
        UsageError: there is something already; nothing is ever overwritten.
        GanzooError: the disk refuses.
    """
    with new_folder(folder, kept="nothing is overwritten") as temporary:
        for name, content in package.files.items():
            path = temporary / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)


def _require_good_name(name: str) -> None:
    if name.startswith(_PREFIX):
        raise UsageError(
            f"the plugin's own name is asked for, without {_PREFIX!r}: {printable(name[len(_PREFIX) :])!r}"
        )
    if not _NAME.fullmatch(name):
        suggestion = re.sub(r"[^a-z0-9]+", "-", _spaced(name).lower()).strip("-")[:_LONGEST_NAME]
        hint = f", for instance {suggestion!r}" if _NAME.fullmatch(suggestion) else ""
        raise UsageError(
            f"a name is lower-case words joined by '-', the first beginning with a letter{hint}, "
            f"not {printable(name)!r}"
        )
    if len(name) > _LONGEST_NAME:
        raise UsageError(f"a name has at most {_LONGEST_NAME} characters, not {len(name)}")


def _spaced(name: str) -> str:
    """`PixelShuffle` as `Pixel Shuffle`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)


def require_free_name(kind: str, name: str) -> None:
    """Refuses a name that a plugin of the kind, or a distribution, has already.

    Raises:
        UsageError: it is taken.
    """
    for plugin in discovery.discover().of_kind(kind):
        if plugin.name == name:
            raise UsageError(f"{plugin.full_name} has that name already; choose another")
    try:
        version = importlib.metadata.version(distribution := _PREFIX + name.replace(".", "-"))
    except importlib.metadata.PackageNotFoundError:
        return
    raise UsageError(f"the distribution {distribution} {version} is installed already; choose another name")


def _words(kind: Kind, name: str, template: str) -> dict[str, str]:
    """What the placeholders of the templates stand for."""
    versions = dict.fromkeys({_CORE, *_used_distributions(template)}, importlib.metadata.version(_CORE))
    if kind.distribution is not None:
        versions[kind.distribution] = importlib.metadata.version(kind.distribution)
    words = {
        "kind": kind.name,
        "name": name,
        "distribution": _PREFIX + name,
        "package": (_PREFIX + name).replace("-", "_"),
        "class_name": "".join(word.capitalize() for word in name.split("-")),
        "group": kind.group,
        "api": str(SUPPORTED_API[-1]),
        "dependencies": ", ".join(_requirements(versions)),
    }
    return words | {"use": Template(kind.template_use).substitute(words)}


def requirements(plugins: Iterable[str]) -> list[str]:
    """The core and the distributions of plugins as pyproject.toml asks for them, with bounds."""
    return _requirements({name: importlib.metadata.version(name) for name in (_CORE, *plugins)})


def _requirements(versions: Mapping[str, str]) -> list[str]:
    return [f'"{name}{_bounds(version)}"' for name, version in sorted(versions.items())]


def _used_distributions(template: str) -> set[str]:
    """The distributions of plugins that a template imports or names in full: `"ganzoo-x:plugin"`."""
    imported = re.findall(r"^(?:from|import) (ganzoo_\w+)", template, re.MULTILINE)
    return {name.replace("_", "-") for name in imported} | set(re.findall(r'"(ganzoo-[a-z0-9-]+):', template))


def _bounds(version: str) -> str:
    """From the installed version up to the next that may break plugins: `0.3.1` gives `>=0.3,<0.4`."""
    found = re.match(r"(\d+)(?:\.(\d+))?", version)
    if found is None:  # a third party's version may be anything
        return ""
    major, minor = int(found[1]), int(found[2] or 0)
    return f">={major}.{minor},<{major + 1}" if major else f">=0.{minor},<0.{minor + 1}"


def _require_good_class(template: str, words: Mapping[str, str]) -> None:
    """Refuses a class that would hide what its own file uses, or that Python can't have."""
    class_name = words["class_name"]
    module = ast.parse(_fill(template, {**words, "class_name": "_"}))
    used = {node.id for node in ast.walk(module) if isinstance(node, ast.Name)}
    used |= {
        alias.name for node in ast.walk(module) if isinstance(node, ast.ImportFrom) for alias in node.names
    }
    if keyword.iskeyword(class_name) or class_name in used | {"Config"}:
        raise UsageError(
            f"{words['name']!r} would make a class {class_name}, which means something else in its file; "
            f"choose another name, for instance 'my-{words['name']}'"
        )


def _fill(template: str, words: Mapping[str, str]) -> str:
    return Template(template).substitute(words)


def shared(name: str) -> str:
    """The template of a file that packages of every kind have."""
    return (files(__name__) / "templates" / f"{name}.template").read_text(encoding="utf-8")
