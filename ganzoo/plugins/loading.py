"""Imports exactly the plugin that is asked for: the one place that runs a plugin's code."""

from __future__ import annotations

import contextlib
import importlib
import inspect
import shlex
import sys
from typing import Any

from ganzoo.errors import PluginError
from ganzoo.plugins.api import api_problem
from ganzoo.plugins.card import Card, card_of_class
from ganzoo.plugins.discovery import Plugin, card, kinds
from ganzoo.plugins.importing import cause_of, import_origin
from ganzoo.plugins.recorded import LoadError
from ganzoo.plugins.source import SourceError


def load(plugin: Plugin) -> type[Any]:
    """Imports a plugin and checks that it is what its entry point says.

    Raises:
        PluginError: it can't be imported or is not a class of its kind; the message says which
            distribution, version and target, the cause, and how to get rid of it.
    """
    if plugin.problem:
        raise _refusal(plugin, plugin.problem)
    cls = plugin.loaded if plugin.loaded is not None else _import(plugin)
    interface = interface_of(plugin.kind)
    if not isinstance(cls, type) or not issubclass(cls, interface):
        named = kinds()[plugin.kind].interface.replace(":", ".")
        raise _refusal(plugin, f"it is not a subclass of {named}")
    if inspect.isabstract(cls):
        missing = ", ".join(sorted(getattr(cls, "__abstractmethods__", ())))
        raise _refusal(plugin, f"it does not implement {missing}")
    problem = api_problem(cls.__dict__.get("ganzoo_api"))
    if problem:
        raise _refusal(plugin, problem)
    return cls


def interface_of(kind: str) -> type:
    """The abstract class that plugins of a kind implement.

    Raises:
        PluginError: the kind is a third party's, and its interface can't be imported.
    """
    declared = kinds()[kind]
    module, _, name = declared.interface.rpartition(":")
    try:
        found = getattr(importlib.import_module(module), name)
    except Exception as error:
        if declared.distribution is None:
            raise
        raise PluginError(
            f"the kind {kind!r} of {declared.distribution} can't be used: its interface "
            f"{declared.interface} can't be imported\ncause: {cause_of(error)}"
        ) from error
    if not isinstance(found, type):
        raise PluginError(
            f"the kind {kind!r} of {declared.distribution} can't be used: its interface "
            f"{declared.interface} is not a class"
        )
    return found


def card_of(plugin: Plugin) -> Card:
    """The card from the source text, or from the imported class where the text doesn't tell.

    Raises:
        PluginError: the text doesn't tell and the class can't be imported.
    """
    try:
        return card(plugin)
    except SourceError:
        cls = load(plugin)
    try:
        return card_of_class(cls, kinds()[plugin.kind])
    except SourceError as error:
        raise PluginError(f"the {plugin.kind} {plugin.full_name!r} can't be used: {error}") from None


def _import(plugin: Plugin) -> Any:
    origin, _, class_name = plugin.target.rpartition(":")
    try:
        # stdout is for the data of the command that loads the plugin.
        with contextlib.redirect_stdout(sys.stderr):
            return getattr(import_origin(origin), class_name)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # whatever a stranger's module raises, SystemExit too
        refusal = _refusal(plugin, cause_of(error))
        refusal.remedy += "\nits traceback: ganzoo --verbose ..."
        raise refusal from error


def _refusal(plugin: Plugin, cause: str) -> LoadError:
    remedy = (
        f"reinstall or remove it: pip uninstall {shlex.quote(plugin.distribution)}"
        if plugin.distribution
        else f"correct {plugin.target}"
    )
    return LoadError(
        f"the {plugin.kind} {plugin.full_name!r} could not be loaded ({plugin.provider}, "
        f"entry point {plugin.target})\ncause: {cause}",
        plugin.full_name,
        remedy,
    )
