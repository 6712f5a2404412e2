"""`python -m benchmarks.soak NAME`: one attack; each is a click command in a module of its own."""

from __future__ import annotations

import importlib
from typing import Final

import click

COMMANDS: Final = {
    "kills": ("benchmarks.soak.kills", "SIGKILL at random instants of many kinds of training."),
    "between": ("benchmarks.soak.between", "Death and broken disks at each call by which a run is written."),
    "disks": ("benchmarks.soak.disks", "Disks that fill, break or vanish, and clocks that jump."),
    "paths": ("benchmarks.soak.paths", "Run folders with odd names and at odd places."),
    "contention": ("benchmarks.soak.contention", "Two processes at one run, and copies of runs."),
    "hostile": ("benchmarks.soak.hostile", "Files of strangers, in every format that is read."),
    "serving": ("benchmarks.soak.serving", "The playground: strangers, floods, slow clients, nonsense."),
    "python-use": ("benchmarks.soak.python_use", "Trainings as guests of a process: leaks, interrupts."),
    "numbers": ("benchmarks.soak.numbers", "Extreme settings, degenerate data, figures that are no numbers."),
}
"""Each attack: the module whose `command` it is, and its line of help."""


class Attacks(click.Group):
    """The attacks by name; one is imported only to run it or to show its help."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Imports one attack."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(COMMANDS[cmd_name][0]).command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes the overview without importing any attack."""
        with formatter.section("Attacks"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.command(cls=Attacks)
def main() -> None:
    """Attack what the documentation promises. Exit code 1 where a promise did not hold."""


if __name__ == "__main__":
    main(prog_name="python -m benchmarks.soak")
