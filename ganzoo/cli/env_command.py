"""`ganzoo env`: what a result depends on, and what is wrong with it."""

from __future__ import annotations

import click

from ganzoo.cli import COMMANDS
from ganzoo.cli.list_command import absence_hint
from ganzoo.cli.options import json_option
from ganzoo.cli.other_commands import third_party_commands
from ganzoo.cli.output import heading, print_json, print_listing, print_text
from ganzoo.plugins import discovery
from ganzoo.plugins.source import SourceError


@click.command("env")
@json_option
def command(as_json: bool) -> None:
    """Show versions, devices, plugins, and what is wrong with them. Imports torch, but no plugin."""
    from ganzoo.environment import describe_environment

    environment = describe_environment()
    problems = _problems()
    if as_json:
        print_json({**environment, "problems": problems})
        return
    heading("Environment")
    devices = [f"{d['name']}, {d['memory_bytes'] / 2**30:.0f} GiB" for d in environment["devices"]]
    print_listing(
        [
            ("python", environment["python"]),
            ("platform", environment["platform"]),
            ("processor", f"{environment['processor']}, {environment['cpu_count']} cores"),
            ("CUDA", environment["cuda"] or "not built in"),
            ("CUDA devices", "; ".join(devices) or "none"),
            *((name, version or "missing") for name, version in environment["versions"].items()),
        ]
    )
    heading("\nPlugins")
    print_listing([(name, version or "") for name, version in environment["plugins"].items()])
    heading("\nProblems")
    for problem in problems or ["none"]:
        print_text(f"  {problem}")


def _problems() -> list[str]:
    found = discovery.discover()
    problems = [*found.warnings, *third_party_commands(COMMANDS)[1]]
    for plugin in found.plugins:
        if plugin.problem:
            problems.append(f"{plugin.full_name}: {plugin.problem}")
            continue
        try:
            discovery.card(plugin)
        except SourceError as error:
            problems.append(f"{plugin.full_name}: not readable without importing it: {error}")
    if not found.plugins:
        problems.append(f"no plugin is found; {absence_hint()}")
    return problems
