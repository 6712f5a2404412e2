"""Finds plugins through entry points, and loads exactly the one that is asked for.

A plugin is a class that an installed distribution names in an entry-point group; a class in a file
(`path/to/file.py:Class`) or in any importable module (`package.module:Class`) serves as well.
Finding reads metadata and source text only (see `ganzoo.cards`); `load` is the one place that runs
a plugin's code.
"""

from __future__ import annotations

import contextlib
import email.parser
import functools
import hashlib
import importlib
import importlib.metadata
import importlib.util
import inspect
import os
import re
import shlex
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from email.message import Message
from pathlib import Path
from typing import Any, Final

from ganzoo.cards import (
    Card,
    CardError,
    ClassNotFoundError,
    card_of_class,
    declares_api,
    printable,
    read_card,
)
from ganzoo.errors import PluginError, UsageError, near_matches

SUPPORTED_API: Final = (1,)
"""The values of `ganzoo_api` that this core can run."""

VARIABLE: Final = "GANZOO_PLUGINS"
"""Environment variable: unset, every distribution's plugins; a comma list, only those named."""

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]*")
_DISTRIBUTION: Final = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")
"""A normalised distribution name (PyPA specification "Names and normalization")."""


@dataclass(frozen=True)
class Kind:
    """What a plugin is, and the abstract class it implements."""

    name: str
    group: str
    """Entry-point group in which distributions announce plugins of this kind."""
    interface: str
    """Name of the abstract class in `ganzoo.interfaces`."""
    purpose: str


KINDS: Final[Mapping[str, Kind]] = {
    kind.name: kind
    for kind in (
        Kind("model", "ganzoo.models", "Model", "an architecture: generator, discriminator and recipe"),
        Kind("conditioning", "ganzoo.conditionings", "Conditioning", "represents a label as a vector"),
        Kind("upsampling", "ganzoo.upsamplings", "Upsampling", "doubles height and width"),
        Kind("objective", "ganzoo.objectives", "Objective", "the losses of the two players"),
        Kind(
            "regularisation",
            "ganzoo.regularisations",
            "Regularisation",
            "holds the discriminator back: penalties, clipped weights",
        ),
        Kind(
            "augmentation", "ganzoo.augmentations", "Augmentation", "transforms what the discriminator sees"
        ),
        Kind("dataset", "ganzoo.datasets", "Dataset", "labelled images"),
        Kind(
            "feature-extractor",
            "ganzoo.feature_extractors",
            "FeatureExtractor",
            "represents images as vectors, to compare sets of them",
        ),
    )
}


@dataclass(frozen=True)
class Plugin:
    """One plugin, found but not imported."""

    kind: str
    name: str
    target: str
    """`module:Class`, or `path/to/file.py:Class`."""
    distribution: str | None = None
    """Who provides it; None for a class named by file or module."""
    version: str | None = None
    problem: str | None = None
    """Why it can't be used, known before importing it."""
    loaded: type | None = None
    """The class itself, where the caller handed one over."""

    @property
    def full_name(self) -> str:
        """The unambiguous name: `distribution:name`, or the target where no distribution provides it."""
        return f"{self.distribution}:{self.name}" if self.distribution else self.target

    @property
    def provider(self) -> str:
        """`distribution version`, or where the class comes from."""
        return f"{self.distribution} {self.version}" if self.distribution else self.target.rpartition(":")[0]


@dataclass(frozen=True)
class Discovery:
    """Everything found, and what looked wrong on the way."""

    plugins: tuple[Plugin, ...]
    warnings: tuple[str, ...]

    def of_kind(self, kind: str) -> tuple[Plugin, ...]:
        """The plugins of one kind, by name."""
        return tuple(plugin for plugin in self.plugins if plugin.kind == kind)


def discover() -> Discovery:
    """Finds every plugin of every installed distribution without importing any.

    Raises:
        UsageError: `GANZOO_PLUGINS` names a distribution that provides no plugin.
    """
    # What is installed while a notebook runs is found: an installation changes its folder.
    return _discover(tuple((entry, _changed(entry)) for entry in sys.path), os.environ.get(VARIABLE))


def _changed(entry: str) -> int | None:
    try:
        return Path(entry).stat().st_mtime_ns
    except (OSError, ValueError):
        return None


@functools.lru_cache(maxsize=8)
def _discover(_path: tuple[tuple[str, int | None], ...], variable: str | None) -> Discovery:
    metadata, warnings = _distributions()
    chosen = _chosen_distributions(metadata, variable)
    groups = {kind.group: kind.name for kind in KINDS.values()}
    plugins = []
    for distribution_name, distribution in metadata.items():
        if chosen is not None and distribution_name not in chosen:
            continue
        for group, name, target in sorted(_announced(distribution)):
            plugins.append(
                Plugin(
                    kind=groups[group],
                    name=printable(name),
                    target=printable(target),
                    distribution=distribution_name,
                    version=printable(_headers(distribution)["Version"] or "unknown"),
                )
            )
    plugins.sort(key=lambda plugin: (list(KINDS).index(plugin.kind), plugin.name, plugin.full_name))
    return Discovery(tuple(_with_problem(plugin) for plugin in plugins), tuple(warnings))


def _distributions() -> tuple[dict[str, importlib.metadata.Distribution], list[str]]:
    """The distributions that provide plugins, by normalised name, each once.

    A distribution can be on the path twice, for instance an `.egg-info` that an old build left in a
    checkout beside the `.dist-info` of the real installation. `importlib.metadata` lets the first on
    the path win, which hides plugins added since; here an installed `.dist-info` wins, and a
    difference is reported.
    """
    found: dict[str, list[importlib.metadata.Distribution]] = {}
    for distribution in importlib.metadata.distributions():
        if name := _headers(distribution)["Name"]:
            found.setdefault(_normalise(name), []).append(distribution)
    chosen: dict[str, importlib.metadata.Distribution] = {}
    warnings: list[str] = []
    for name, candidates in sorted(found.items()):
        announced = [_announced(candidate) for candidate in candidates]
        if not any(announced):
            continue
        best = min(range(len(candidates)), key=lambda i: (not _is_installed(candidates[i]), i))
        chosen[name] = candidates[best]
        for index, candidate in enumerate(candidates):
            if announced[index] != announced[best]:
                warnings.append(
                    f"{_location(candidate)} is stale: it announces {_names(announced[index])} for {name}, "
                    f"while {_location(candidates[best])}, which is used, announces "
                    f"{_names(announced[best])}; delete the stale folder, or reinstall {name}"
                )
    return chosen, warnings


def _headers(distribution: importlib.metadata.Distribution) -> Message:
    """The fields of METADATA; empty where it is damaged, which is not ours to fail on.

    `distribution.metadata` would parse the README that follows the fields as well.
    """
    try:
        text = distribution.read_text("METADATA") or distribution.read_text("PKG-INFO") or ""
        return email.parser.HeaderParser().parsestr(text.partition("\n\n")[0])
    except Exception:
        return Message()


def _announced(distribution: importlib.metadata.Distribution) -> frozenset[tuple[str, str, str]]:
    groups = {kind.group for kind in KINDS.values()}
    try:
        entries = list(distribution.entry_points)
    except Exception:  # entry_points.txt that doesn't parse announces nothing
        return frozenset()
    return frozenset((e.group, e.name, e.value) for e in entries if e.group in groups)


def _names(announced: Iterable[tuple[str, str, str]]) -> str:
    return ", ".join(sorted(printable(name) for _, name, _ in announced)) or "nothing"


def _location(distribution: importlib.metadata.Distribution) -> str:
    return str(getattr(distribution, "_path", distribution.locate_file("")))


def _is_installed(distribution: importlib.metadata.Distribution) -> bool:
    return _location(distribution).rstrip("/").endswith(".dist-info")


def _normalise(name: str) -> str:
    """The normalised distribution name (PyPA specification "Names and normalization")."""
    return re.sub(r"[-_.]+", "-", printable(name)).lower()


def _chosen_distributions(known: Iterable[str], value: str | None) -> set[str] | None:
    if value is None:
        return None
    known = list(known)
    chosen = {_normalise(name) for name in value.split(",") if name.strip()}
    for name in sorted(chosen):
        if name not in known:
            raise UsageError(
                f"{VARIABLE} names {name!r}, which provides no plugin{near_matches(name, known)}\n"
                f"installed: {', '.join(known) or 'none'}; unset {VARIABLE} to use them all"
            )
    return chosen


def _with_problem(plugin: Plugin) -> Plugin:
    if plugin.distribution and not _DISTRIBUTION.fullmatch(plugin.distribution):
        return replace(plugin, problem="the name of its distribution is not made of a-z, 0-9 and '-'")
    if not _NAME.fullmatch(plugin.name):
        return replace(plugin, problem="its name is not made of a-z, 0-9, '.', '_' and '-'")
    module, _, class_name = plugin.target.rpartition(":")
    if not module or not class_name.isidentifier():
        return replace(plugin, problem=f"its entry point {plugin.target!r} is not 'module:Class'")
    try:
        api_problem = _api_problem(card(plugin).api)
    except CardError:
        return plugin
    return replace(plugin, problem=api_problem) if api_problem else plugin


def _api_problem(api: Any) -> str | None:
    supported = ", ".join(map(str, SUPPORTED_API))
    if api is None:
        return (
            "it does not say which plugin API it is written for; "
            f"its class needs 'ganzoo_api = {SUPPORTED_API[-1]}'"
        )
    if api not in SUPPORTED_API:
        return (
            f"it is written for plugin API {printable(str(api))}, this GanZoo supports {supported}; "
            "install a version of it, or of ganzoo-torch, that fits the other"
        )
    return None


@functools.lru_cache(maxsize=1024)
def card(plugin: Plugin) -> Card:
    """The card of a plugin, read from its source text; of the class itself where that is at hand.

    Raises:
        CardError: the source text doesn't tell; the message is the reason.
    """
    if plugin.loaded is not None:
        return card_of_class(plugin.loaded)
    origin, _, class_name = plugin.target.rpartition(":")
    return read_card(origin, class_name)


def find(kind: str, name: str | type) -> Plugin:
    """Finds one plugin by bare name, `distribution:name`, `file.py:Class`, `module:Class` or class.

    Raises:
        UsageError: nothing has that name, or several do.
    """
    if isinstance(name, type):
        return Plugin(kind, name.__name__, f"{name.__module__}:{name.__qualname__}", loaded=name)
    known = discover().of_kind(kind)
    matches = [plugin for plugin in known if name == plugin.name or _is_full_name(name, plugin)]
    if len(matches) == 1:
        return matches[0]
    if matches:
        full_names = " and ".join(plugin.full_name for plugin in matches)
        raise UsageError(f"{kind} {name!r} is provided twice; say which: {full_names}")
    origin, colon, class_name = name.rpartition(":")
    if colon and origin.endswith(".py"):
        return _plugin_from_file(kind, origin, class_name)
    if colon and all(part.isidentifier() for part in (*origin.split("."), class_name)):
        plugin = Plugin(kind, class_name, name)
        _require_exists(plugin, near_matches(name, _all_names(known)))
        return _with_problem(replace(plugin, name=class_name.lower()))
    raise UsageError(_unknown(kind, name, known))


def _is_full_name(name: str, plugin: Plugin) -> bool:
    distribution, colon, bare = name.partition(":")
    return bool(colon) and bare == plugin.name and _normalise(distribution) == plugin.distribution


def _all_names(known: Iterable[Plugin]) -> list[str]:
    return [name for plugin in known for name in (plugin.name, plugin.full_name)]


def _unknown(kind: str, name: str, known: tuple[Plugin, ...]) -> str:
    if not known and VARIABLE not in os.environ:
        return (
            f"no {kind} is installed, so there is no {printable(name)!r}\n"
            "install the official plugins with: pip install 'ganzoo-torch[zoo]'"
        )
    distribution, colon, _ = name.partition(":")
    is_one = colon and _DISTRIBUTION.fullmatch(_normalise(distribution))
    if is_one and not any(p.distribution == _normalise(distribution) for p in discover().plugins):
        near = near_matches(name, _all_names(known))
        hidden = f", or {VARIABLE}={os.environ[VARIABLE]!r} hides it" if VARIABLE in os.environ else ""
        return f"the {kind} {name!r} is not there: {distribution!r} is not installed{hidden}{near}"
    elsewhere = [plugin.kind for plugin in discover().plugins if plugin.name == name]
    article = "an" if elsewhere and elsewhere[0][0] in "aeiou" else "a"
    hint = f" (there is {article} {elsewhere[0]} of that name)" if elsewhere else ""
    names = ", ".join(sorted({plugin.name for plugin in known})) or "none"
    hidden = f" ({VARIABLE}={os.environ[VARIABLE]!r} hides others)" if VARIABLE in os.environ else ""
    return (
        f"no {kind} is called {printable(name)!r}{hint}{near_matches(name, _all_names(known))}\n"
        f"installed: {names}{hidden}; or name a class: path/to/file.py:Class"
    )


def _plugin_from_file(kind: str, origin: str, class_name: str) -> Plugin:
    try:
        path = Path(origin).expanduser().resolve()
        digest = _digest(path.read_bytes())
    except (OSError, RuntimeError, ValueError) as error:  # no file, no such user, no possible path
        reason = getattr(error, "strerror", None) or error
        raise UsageError(f"the {kind} can't be read from {origin!r}: {reason}") from None
    plugin = Plugin(kind, class_name.lower(), f"{path}:{class_name}", version=f"sha256:{digest}")
    _require_exists(plugin)
    return _with_problem(plugin)


def _require_exists(plugin: Plugin, hint: str = "") -> None:
    try:
        card(plugin)
    except ClassNotFoundError as error:
        raise UsageError(f"no {plugin.kind} is called {plugin.target!r}: {error}{hint}") from None
    except CardError:
        pass  # it exists; what its text doesn't tell, the imported class will


def require_written_as_plugin(kind: str, name: str) -> None:
    """Refuses a name from a stranger's file that would have any module imported.

    Installed plugins are welcome. A class in a file or module has to say in its source text that it is
    a plugin, and a file has to be named by its absolute path, as the core writes it.

    Raises:
        UsageError: it doesn't, or nothing has that name.
        PluginError: the class is not written as a plugin.
    """
    plugin = find(kind, name)
    if plugin.distribution is not None:
        return
    origin, _, class_name = name.rpartition(":")
    if origin.endswith(".py") and not Path(origin).is_absolute():
        raise PluginError(f"the {kind} {name!r} is refused: where its file is meant to be is not said")
    if not declares_api(origin, class_name):
        raise PluginError(
            f"the {kind} {name!r} is refused: it is not written as a plugin\n"
            f"its class needs 'ganzoo_api = {SUPPORTED_API[-1]}' in its own body, at the top of its file"
        )


def load(plugin: Plugin) -> type[Any]:
    """Imports a plugin and checks that it is what its entry point says.

    Raises:
        PluginError: it can't be imported or is not a class of its kind; the message says which
            distribution, version and target, the cause, and how to get rid of it.
    """
    if plugin.problem:
        raise PluginError(_refusal(plugin, plugin.problem))
    cls = plugin.loaded if plugin.loaded is not None else _import(plugin)
    interface = getattr(importlib.import_module("ganzoo.interfaces"), KINDS[plugin.kind].interface)
    if not isinstance(cls, type) or not issubclass(cls, interface):
        raise PluginError(_refusal(plugin, f"it is not a subclass of ganzoo.interfaces.{interface.__name__}"))
    if inspect.isabstract(cls):
        missing = ", ".join(sorted(getattr(cls, "__abstractmethods__", ())))
        raise PluginError(_refusal(plugin, f"it does not implement {missing}"))
    api_problem = _api_problem(cls.__dict__.get("ganzoo_api"))
    if api_problem:
        raise PluginError(_refusal(plugin, api_problem))
    return cls


def _import(plugin: Plugin) -> Any:
    origin, _, class_name = plugin.target.rpartition(":")
    try:
        # stdout is for the data of the command that loads the plugin.
        with contextlib.redirect_stdout(sys.stderr):
            module = _import_file(Path(origin)) if origin.endswith(".py") else importlib.import_module(origin)
            return getattr(module, class_name)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # whatever a stranger's module raises, SystemExit too
        raise PluginError(_refusal(plugin, _cause(error))) from error


def _cause(error: BaseException) -> str:
    try:
        return f"{type(error).__name__}: {printable(str(error))}"
    except Exception:  # a message that can't be made is not worth a second failure
        return type(error).__name__


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:12]


def _import_file(path: Path) -> Any:
    # A file that has changed is another module, as it is another version of the plugin.
    name = f"ganzoo_file_{_digest(os.fsencode(path) + path.read_bytes())}"
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


def _refusal(plugin: Plugin, cause: str) -> str:
    remedy = (
        f"reinstall or remove it: pip uninstall {shlex.quote(plugin.distribution)}"
        if plugin.distribution
        else f"correct {plugin.target}"
    )
    return (
        f"the {plugin.kind} {plugin.full_name!r} could not be loaded ({plugin.provider}, "
        f"entry point {plugin.target})\ncause: {cause}\n{remedy}"
    )
