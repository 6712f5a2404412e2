"""A command that runs something itself, unless its first word names one of the commands below it."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Any, Final

import click

from ganzoo.cli.unknown_commands import refuse_misspelt

WORDS: Final = "ganzoo.run_group.words"
"""Where the context keeps what was typed behind the command that runs."""


class _RunContext(click.Context):
    """The context of what runs: its command is called as the group, since nobody types `run`."""

    @property
    def command_path(self) -> str:
        """How usage errors call the command."""
        return self.parent.command_path if self.parent else super().command_path


class RunGroup(click.Group):
    """Runs, unless the first word is one of its subcommands.

    Args:
        subcommands: each with its line of help; `show` of `bench` lives in `ganzoo.cli.bench_show_command`.
        run: gives the command that runs.
        **attributes: of `click.Group`.
    """

    def __init__(
        self, *, subcommands: Mapping[str, str], run: Callable[[], click.Command], **attributes: Any
    ) -> None:
        super().__init__(**attributes)
        self._subcommands, self._run = subcommands, run

    @property
    def run(self) -> click.Command:
        """The command that runs where none below is named."""
        return self._run()

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Puts the word `run`, which nobody types, before whatever names no other command."""
        if not args or args[0] not in {*self._subcommands, *ctx.help_option_names}:
            if args:
                refuse_misspelt(ctx.command_path, args[0], self._subcommands, _is_model)
            ctx.meta[WORDS] = tuple(args)
            args = ["run", *args]
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of the commands that can be typed."""
        return list(self._subcommands)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Imports one command."""
        if cmd_name == "run":
            run = self.run
            run.context_class = _RunContext
            return run
        if cmd_name not in self._subcommands:
            return None
        module = importlib.import_module(f"ganzoo.cli.{self.name}_{cmd_name}_command")
        found: click.Command = module.command
        return found

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The help of what runs, then the other commands."""
        run = self.run
        run_context = click.Context(run, info_name=ctx.info_name, parent=ctx.parent)
        run.format_usage(run_context, formatter)
        run.format_help_text(run_context, formatter)
        run.format_options(run_context, formatter)
        with formatter.section("Commands"):
            formatter.write_dl(list(self._subcommands.items()))


def _is_model(word: str) -> bool:
    """Whether a model is called so, which both `bench` and `study` take first."""
    from ganzoo.plugins import discovery  # reads what is installed: only for who may have mistyped something

    return word in {plugin.name for plugin in discovery.discover().of_kind("model")}
