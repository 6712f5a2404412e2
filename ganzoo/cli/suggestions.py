"""What an option or a word that a command has no use for may have been meant for."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from typing import Final

import click

from ganzoo.cli.run_group import RunGroup
from ganzoo.near_names import near_names

_EXTRA: Final = re.compile(r"Got unexpected extra arguments? \((?P<words>.*)\)")
"""How click complains of words that a command has no use for; it has no class of its own for that."""

_ANY_SETTING: Final = "SECTION.KEY=VALUE"
"""What stands behind the `--set` of a command that takes settings of any section."""


def explained(error: click.NoSuchOption, commands: Mapping[str, click.Command]) -> click.NoSuchOption:
    """The same error with the options that may have been meant, or the commands that have this one.

    Args:
        error: what click says, which finds `--help` near everything.
        commands: all commands, by name.
    """
    typed = error.option_name
    near = near_names(typed, [] if error.ctx is None else options_of(error.ctx.command))
    having = _beside(error.ctx, typed) or [
        f"ganzoo {name}" for name, command in commands.items() if typed in options_of(_run_by(command))
    ]
    said = f"No such option {typed!r}"
    if near:
        said += f". Did you mean {' or '.join(map(repr, near))}?"
    elif "." in typed and _takes_settings(error.ctx):
        said += f". Settings are given with --set: --set {shlex.quote(typed.lstrip('-'))}=VALUE"
    elif having:
        said += f" here; {' and '.join(having)} {'has' if len(having) == 1 else 'have'} it."
    return click.NoSuchOption(typed, message=said, ctx=error.ctx)


def explained_words(error: click.UsageError) -> click.UsageError:
    """The same error with how words that a command has no use for are to be typed, where it is known.

    Args:
        error: any error of usage.
    """
    found = _EXTRA.fullmatch(error.message)
    if found is None or error.ctx is None:
        return error
    words, options = found["words"].split(), options_of(error.ctx.command)
    if any(word.startswith("=") for word in words) and _takes_settings(error.ctx):
        return click.UsageError(
            f"{error.message}. Leave no spaces around '=': --set section.key=value", error.ctx
        )
    from ganzoo.plugins import discovery  # reads what is installed: only for who has mistyped something

    kinds = {plugin.name: plugin.kind for plugin in discovery.discover().plugins if not plugin.problem}
    meant = [f"--{kinds[word]} {word}" for word in words if f"--{kinds.get(word)}" in options]
    hint = f". Did you mean {' '.join(meant)}?" if meant else ""
    return click.UsageError(error.message + hint, error.ctx)


def _beside(ctx: click.Context | None, option: str) -> list[str]:
    """The commands of the same group that have an option, as they are typed; none of `ganzoo` itself."""
    group = ctx and ctx.parent and ctx.parent.command
    if not isinstance(group, RunGroup) or ctx is None or ctx.parent is None:
        return []
    names = {f"{ctx.parent.command_path} {name}": name for name in group.list_commands(ctx)}
    commands = {typed: group.get_command(ctx, name) for typed, name in names.items()}
    return [typed for typed, command in commands.items() if command and option in options_of(command)]


def _takes_settings(ctx: click.Context | None) -> bool:
    return ctx is not None and any(
        parameter.metavar == _ANY_SETTING for parameter in ctx.command.params if "--set" in parameter.opts
    )


def _run_by(command: click.Command) -> click.Command:
    """What a command runs where nothing below it is named."""
    return command.run if isinstance(command, RunGroup) else command


def options_of(command: click.Command) -> list[str]:
    """The long names of a command's options."""
    options = [parameter for parameter in command.params if isinstance(parameter, click.Option)]
    names = [name for option in options for name in (*option.opts, *option.secondary_opts)]
    return [name for name in names if name.startswith("--")]
