"""What an option that there is none of may have been meant for."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Final

import click

from ganzoo.errors import plain

_NEAR: Final = 0.6
"""Likeness from which on an option is proposed."""


def explained(error: click.NoSuchOption, commands: Mapping[str, click.Command]) -> click.NoSuchOption:
    """The same error with the options that may have been meant, or the commands that have this one.

    Args:
        error: what click says, which finds `--help` near everything.
        commands: all commands, by name.
    """
    typed = error.option_name
    near = near_options(typed, [] if error.ctx is None else options_of(error.ctx.command))
    having = [f"ganzoo {name}" for name, command in commands.items() if typed in options_of(command)]
    said = f"No such option {typed!r}"
    if near:
        said += f". Did you mean {' or '.join(map(repr, near))}?"
    elif having:
        said += f" here; {' and '.join(having)} {'has' if len(having) == 1 else 'have'} it."
    return click.NoSuchOption(typed, message=said, ctx=error.ctx)


def options_of(command: click.Command) -> list[str]:
    """The long names of a command's options."""
    options = [parameter for parameter in command.params if isinstance(parameter, click.Option)]
    names = [name for option in options for name in (*option.opts, *option.secondary_opts)]
    return [name for name in names if name.startswith("--")]


def near_options(option: str, names: Sequence[str]) -> list[str]:
    """Those most like an option that there is none of, the best first, three at most.

    Initials stand for words: `--lr` for `--learning-rate`.
    """
    typed = plain(option)
    words = {name: re.findall(r"[a-z0-9]+", name) for name in names}
    short = [name for name in names if len(words[name]) > 1 and typed == "".join(w[0] for w in words[name])]
    parts = [name for name in names if len(typed) > 2 and typed in words[name]]
    alike = {plain(name): name for name in names}
    near = [alike[found] for found in get_close_matches(typed, alike, n=3, cutoff=_NEAR)]
    return list(dict.fromkeys([*short, *parts, *near]))[:3]
