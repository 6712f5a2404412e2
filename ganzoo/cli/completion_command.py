"""`ganzoo completion`: the script that makes a shell complete commands, options and plugin names."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> None:
    """Print the completion script of SHELL.

    For bash, add this line to ~/.bashrc: eval "$(ganzoo completion bash)"
    """
    from ganzoo.cli import group

    completion = get_completion_class(shell)
    assert completion is not None, f"click completes {shell}"
    click.echo(completion(group, {}, "ganzoo", "_GANZOO_COMPLETE").source())
