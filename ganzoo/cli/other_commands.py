"""Sub-commands of third parties: found without importing them, and imported when they are called."""

from __future__ import annotations

import contextlib
import importlib
import re
import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

import click

from ganzoo.errors import PluginError
from ganzoo.plugins.discovery import entries_of
from ganzoo.plugins.groups import COMMANDS_GROUP
from ganzoo.plugins.importing import cause_of

_NAME: Final = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


@dataclass(frozen=True)
class ThirdPartyCommand:
    """One sub-command, found but not imported."""

    name: str
    target: str
    """`module:name` of the click command."""
    distribution: str
    version: str


def third_party_commands(
    core: Collection[str],
) -> tuple[Mapping[str, ThirdPartyCommand], tuple[str, ...]]:
    """Finds the sub-commands that installed distributions announce.

    Args:
        core: names of the core's commands, which nobody else's may have.

    Returns:
        Name to command, by name, and in words why others are left out.

    Raises:
        UsageError: `GANZOO_PLUGINS` names a distribution that provides nothing.
    """
    found: dict[str, ThirdPartyCommand] = {}
    problems = []
    for distribution, name, target in entries_of(COMMANDS_GROUP):
        command = ThirdPartyCommand(name, target, distribution.name, distribution.version)
        problem = _problem(command, core, found)
        if problem:
            problems.append(f"the command {name!r} of {distribution.name} is left out: {problem}")
        else:
            found[name] = command
    return dict(sorted(found.items())), tuple(problems)


def _problem(
    command: ThirdPartyCommand, core: Collection[str], found: Mapping[str, ThirdPartyCommand]
) -> str | None:
    if not _NAME.fullmatch(command.name):
        return "its name is not lower-case words joined by '-', the first beginning with a letter"
    if command.name in core:
        return f"ganzoo {command.name} is a command of GanZoo itself"
    if command.name in found:
        return f"{found[command.name].distribution} has a command of that name"
    module, _, attribute = command.target.rpartition(":")
    if not module or not attribute.isidentifier():
        return f"its entry point {command.target!r} is not 'module:name'"
    return None


def load_command(command: ThirdPartyCommand) -> click.Command:
    """Imports a sub-command.

    Raises:
        PluginError: it can't be imported, or is no click command; the message says where and why.
    """
    module, _, attribute = command.target.rpartition(":")
    try:
        # stdout is for the data of the command.
        with contextlib.redirect_stdout(sys.stderr):
            loaded: Any = getattr(importlib.import_module(module), attribute)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # whatever a stranger's module raises, SystemExit too
        raise PluginError(_refusal(command, cause_of(error))) from error
    if not isinstance(loaded, click.Command):
        raise PluginError(_refusal(command, f"it is a {type(loaded).__name__}, not a click command"))
    return loaded


def _refusal(command: ThirdPartyCommand, cause: str) -> str:
    return (
        f"the command {command.name!r} could not be loaded ({command.distribution} {command.version}, "
        f"entry point {command.target})\ncause: {cause}\n"
        f"reinstall or remove it: pip uninstall {command.distribution}"
    )
