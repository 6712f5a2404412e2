"""What an option that there is none of may have been meant for."""

from __future__ import annotations

from collections.abc import Mapping

import click

from ganzoo.cli.run_group import RunGroup
from ganzoo.near_names import near_names


def explained(error: click.NoSuchOption, commands: Mapping[str, click.Command]) -> click.NoSuchOption:
    """The same error with the options that may have been meant, or the commands that have this one.

    Args:
        error: what click says, which finds `--help` near everything.
        commands: all commands, by name.
    """
    typed = error.option_name
    near = near_names(typed, [] if error.ctx is None else options_of(error.ctx.command))
    having = [f"ganzoo {name}" for name, command in commands.items() if typed in options_of(_run_by(command))]
    said = f"No such option {typed!r}"
    if near:
        said += f". Did you mean {' or '.join(map(repr, near))}?"
    elif having:
        said += f" here; {' and '.join(having)} {'has' if len(having) == 1 else 'have'} it."
    return click.NoSuchOption(typed, message=said, ctx=error.ctx)


def _run_by(command: click.Command) -> click.Command:
    """What a command runs where nothing below it is named."""
    return command.run if isinstance(command, RunGroup) else command


def options_of(command: click.Command) -> list[str]:
    """The long names of a command's options."""
    options = [parameter for parameter in command.params if isinstance(parameter, click.Option)]
    names = [name for option in options for name in (*option.opts, *option.secondary_opts)]
    return [name for name in names if name.startswith("--")]
