"""`ganzoo check`: whether a plugin keeps the promises of its kind."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from ganzoo.cli.options import KindName, complete_plugins, json_option, path_option
from ganzoo.cli.output import heading, print_json, print_listing
from ganzoo.errors import GanzooError
from ganzoo.settings.values import parse_assignment
from ganzoo.text import count

if TYPE_CHECKING:
    from ganzoo.testing import Result

_MARKS: Final = {"passed": "ok", "failed as expected": "ok", "not applicable": "-", "not reached": "-"}


@click.command("check")
@click.argument("name", shell_complete=complete_plugins(None))
@click.option("--kind", type=KindName(), help="What it is, where the name doesn't tell.")
@click.option(
    "--set", "assignments", multiple=True, metavar="KIND.KEY=VALUE", help="Check with this setting."
)
@path_option("--data-dir", metavar="DIR", help="Folder of a data set.")
@click.option(
    "--expect-failure",
    "expected",
    multiple=True,
    metavar="CHECK",
    help="A check that this plugin fails and may fail; a problem where it passes.",
)
@json_option
def command(
    name: str,
    kind: str | None,
    assignments: tuple[str, ...],
    data_dir: Path | None,
    expected: tuple[str, ...],
    as_json: bool,
) -> None:
    """Check whether a plugin keeps the promises of its kind, on the CPU, in seconds.

    NAME is a plugin's name, distribution:name, path/to/file.py:Class or package.module:Class. Exit
    code 1 where a check fails, with what was seen, why it matters and what to do.
    """
    settings = dict(parse_assignment(text) for text in assignments)

    from ganzoo.testing import check_plugin

    report = check_plugin(
        name,
        kind,
        settings=settings,
        data_dir=data_dir,
        expected_failures=dict.fromkeys(expected, "--expect-failure"),
    )
    if as_json:
        print_json(report.to_json())
    else:
        heading(f"{report.plugin} ({report.kind})")
        print_listing([_row(result) for result in report.results])
        click.echo(f"\n{count(report.ran, 'check')} ran")
    if report.problems:
        problems = "\n\n".join(report.problems)
        raise GanzooError(f"the {report.kind} {report.plugin} does not conform\n\n{problems}")


def _row(result: Result) -> tuple[str, str, str]:
    mark = _MARKS.get(result.status, "FAIL")
    notes = [] if result.status in ("passed", "failed") else [str(result.status)]
    if result.reason and not result.is_problem:
        notes.append(result.reason)
    return mark, result.check, ": ".join(notes)
