"""The command line: one file a command, imported only when that command is typed.

stdout is data, stderr everything else. Exit codes: 0 ok, 1 failure, 2 usage, 3 a plugin could not be
loaded, 4 diverged, 130 interrupted.
"""

from __future__ import annotations

import errno
import importlib
import sys
import traceback
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import click

from ganzoo.cli import streams
from ganzoo.cli.encoding import show_everything
from ganzoo.cli.suggestions import explained, explained_words
from ganzoo.cli.unknown_commands import unknown_command
from ganzoo.errors import GanzooError, PluginError
from ganzoo.text import printable, printable_lines

if TYPE_CHECKING:
    from ganzoo.cli.other_commands import ThirdPartyCommand

COMMANDS: Final = {
    "list": "List every installed plugin.",
    "show": "Show one plugin in full.",
    "train": "Train a model on a data set.",
    "watch": "Watch trainings in the browser as they go.",
    "data": "Look at folders of images, and get data sets ready for training.",
    "sample": "Draw images from a trained generator.",
    "invert": "Find what draws a given picture.",
    "evaluate": "Judge what a run generates against real images.",
    "study": "Compare variants of a training fairly, or search for the best.",
    "report": "Write one page about runs, for the browser.",
    "play": "Play with a trained generator in the browser.",
    "export": "Write a trained generator for other programs.",
    "import": "Turn others' released weights into safetensors.",
    "bench": "Measure what architectures cost, and read recordings and reports.",
    "tune": "Find the fastest way to take the same training steps here.",
    "new": "Write a plugin package, ready to edit.",
    "check": "Check whether a plugin keeps the promises of its kind.",
    "requirements": "Print what a run needs, for pip install -r.",
    "env": "Show versions, devices, plugins, and what is wrong with them.",
    "completion": "Print the completion script of a shell.",
}
"""Each command and its line of help; the command itself lives in the module `ganzoo.cli.<name>_command`."""


_NO_MEMORY: Final = ("can't allocate memory", "not enough memory", "out of memory", "overflow")
"""What torch says where a tensor is too large for the machine, or for any."""


class LazyGroup(click.Group):
    """A group that knows its commands by name and imports one only to run it or show its help."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order in which a user meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Imports one command."""
        if cmd_name not in COMMANDS:
            from ganzoo.cli.other_commands import load_command

            others = _others()
            return load_command(others[cmd_name]) if cmd_name in others else None
        command: click.Command = importlib.import_module(f"ganzoo.cli.{cmd_name}_command").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes the overview without importing any command."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))
        others = _others()
        if others:
            with formatter.section("Commands of other packages"):
                lines = {name: f"Of {found.distribution} {found.version}." for name, found in others.items()}
                formatter.write_dl(list(lines.items()))

    def invoke(self, ctx: click.Context) -> Any:
        """Runs a command; `--verbose` shows where a plugin has failed."""
        try:
            return super().invoke(ctx)
        except PluginError as error:
            if ctx.params["verbose"] and error.__cause__ is not None:
                lines = traceback.format_exception(error.__cause__)
                click.echo(printable_lines("".join(lines)), err=True)
            raise

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Finds the command, or names those that are near."""
        name = args[0]
        if name not in COMMANDS and not name.startswith("-") and name not in (others := _others()):
            is_option = any(f"--{name}" in parameter.opts for parameter in self.get_params(ctx))
            raise unknown_command("ganzoo", name, [*COMMANDS, *others], f"'--{name}'?" if is_option else None)
        return super().resolve_command(ctx, args)


def _others() -> Mapping[str, ThirdPartyCommand]:
    # Imported here: a command of the core need not look through what is installed.
    from ganzoo.cli.other_commands import third_party_commands

    return third_party_commands(COMMANDS)[0]


@click.command(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="ganzoo-torch", prog_name="ganzoo")
@click.option("--verbose", is_flag=True, help="Show the traceback where a plugin can't be imported.")
def group(verbose: bool) -> None:
    """A zoo of generative adversarial networks: train, sample and compare them."""


def main(arguments: list[str] | None = None) -> None:
    """Runs a command line and exits with its code; a user's mistake never shows a traceback."""
    colour = False if streams.wants_no_colour() else None
    try:
        streams.require_open()
        show_everything()
        result: Any = group.main(args=arguments, prog_name="ganzoo", standalone_mode=False, color=colour)
        sys.stdout.flush()
        sys.exit(result if isinstance(result, int) else 0)
    except GanzooError as error:
        _complain(str(error))
        sys.exit(error.exit_code)
    except click.NoSuchOption as error:
        commands = {name: group.get_command(click.Context(group), name) for name in COMMANDS}
        explained(error, {name: found for name, found in commands.items() if found}).show()
        sys.exit(error.exit_code)
    except click.UsageError as error:
        explained_words(error).show()
        sys.exit(error.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt) as stopped:
        _complain("interrupted")
        sys.exit(getattr(stopped.__cause__ or stopped, "exit_code", 130))  # 143 of SIGTERM; click wraps it
    except (MemoryError, RuntimeError) as error:  # torch has no class of its own for it on a CPU
        if not isinstance(error, MemoryError) and not any(words in str(error) for words in _NO_MEMORY):
            raise
        _complain(
            f"there is not enough memory: {printable(str(error)) or 'none is left'}\n"
            "try a smaller --batch-size, fewer images at once, or a smaller network"
        )
        sys.exit(1)
    except BrokenPipeError:
        # The reader of a pipe, `head` for instance, has gone; the interpreter must not complain of it.
        streams.let_go(sys.stdout.fileno())
        sys.exit(0)
    except OSError as error:
        if error.filename is not None:
            _complain(f"{error.filename}: {error.strerror}")
        elif reason := streams.failure(sys.stdout):
            _complain(f"standard output can't be written: {reason.strerror}")
        elif error.errno in (errno.ENOSPC, errno.EDQUOT):  # of what is written to a file that is open
            _complain(f"a disk is full: {error.strerror}\nfree some space, there or where TMPDIR is")
        elif "temporary directory" in str(error):  # as tempfile has it
            _complain(f"{error.strerror}\nset TMPDIR to a folder that can be written")
        else:  # no disk that fails, but a bug
            raise
        sys.exit(1)


def _complain(message: str) -> None:
    # What a message quotes may come from a stranger's file; it is made fit for a terminal here, once for all.
    shown = streams.between_words(f"error: {printable_lines(message)}", sys.stderr).removeprefix("error: ")
    begins = "error:" if streams.wants_no_colour() else click.style("error:", fg="red", bold=True)
    try:
        click.echo(f"{begins} {shown}", err=True)
    except OSError:  # where standard error is full as well, nobody can be told
        streams.failure(sys.stderr)
