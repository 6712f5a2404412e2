"""`ganzoo check`: whether a plugin keeps the promises of its kind."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from ganzoo.cli.options import KindName, complete_plugins, json_option, path_option
from ganzoo.cli.output import heading, print_json, print_listing
from ganzoo.errors import GanzooError, UsageError
from ganzoo.plugins import packages
from ganzoo.settings.values import parse_assignment
from ganzoo.text import count

if TYPE_CHECKING:
    from ganzoo.testing import ConformanceResults, NotChecked, Result

_MARKS: Final = {"passed": "ok", "failed as expected": "ok", "not applicable": "-", "not reached": "-"}


@click.command("check")
@click.argument("name", required=False, shell_complete=complete_plugins(None))
@click.option("--all", "is_all", is_flag=True, help="Check every installed plugin, models in a small size.")
@click.option("--kind", type=KindName(), help="What it is, where NAME doesn't tell; of --all: only these.")
@click.option(
    "--device",
    default="cpu",
    show_default=True,
    metavar="DEVICE",
    help="Where: auto, cpu, cuda or cuda:N.",
)
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
@click.option("--static", "is_static", is_flag=True, help="Only read it: a wheel or a package's folder.")
@click.option("--quick", is_flag=True, help="Leave out the checks that start processes or train.")
@json_option
def command(
    name: str | None,
    is_all: bool,
    kind: str | None,
    device: str,
    assignments: tuple[str, ...],
    data_dir: Path | None,
    expected: tuple[str, ...],
    is_static: bool,
    quick: bool,
    as_json: bool,
) -> None:
    """Check whether a plugin keeps the promises of its kind, in seconds.

    NAME is a plugin's name, distribution:name, path/to/file.py:Class or package.module:Class. Exit
    code 1 where a check fails, with what was seen, why it matters and what to do. --all passes over what
    needs data or weights that are not here, says which, and downloads nothing. --static looks at a wheel
    before it is installed, and runs nothing of it.
    """
    if is_static:
        _check_static(name, as_json)
        return
    if name is not None and name.endswith(".whl"):
        raise UsageError(f"a wheel is only read before it is installed: ganzoo check --static {name}")
    if is_all:
        given = {"NAME": name, "--set": assignments, "--data-dir": data_dir, "--expect-failure": expected}
        _refuse([option for option, value in given.items() if value])
        _check_all(kind, device, quick, as_json)
        return
    if name is None:
        raise UsageError("what is to be checked? ganzoo check NAME, or ganzoo check --all")
    settings = dict(parse_assignment(text) for text in assignments)

    from ganzoo.testing import check_plugin

    report = check_plugin(
        name,
        kind,
        settings=settings,
        data_dir=data_dir,
        expected_failures=dict.fromkeys(expected, "--expect-failure"),
        device=device,
        quick=quick,
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


def _check_static(name: str | None, as_json: bool) -> None:
    """Says what would go wrong with a package, from its text and its metadata alone."""
    if name is None or not packages.is_package(name):
        raise UsageError("--static reads a wheel or a package's folder: ganzoo check --static dist/acme.whl")
    with packages.opened(Path(name)) as package:
        found = package
    if as_json:
        print_json(
            {
                "package": found.name,
                "version": found.version,
                "plugins": [plugin.full_name for plugin in found.plugins],
                "problems": found.problems,
            }
        )
    else:
        heading(f"{found.name} {found.version} (not installed)")
        print_listing([(plugin.kind, plugin.name) for plugin in found.plugins])
    if found.problems:
        raise GanzooError(f"{found.name} {found.version} has problems\n\n" + "\n".join(found.problems))


def _refuse(options: list[str]) -> None:
    if options:
        raise UsageError(
            f"--all goes without {', '.join(options)}, which one plugin takes: ganzoo check NAME, "
            "or ganzoo check --all [--kind KIND]"
        )


def _check_all(kind: str | None, device: str, quick: bool, as_json: bool) -> None:
    from ganzoo.testing import NotChecked, check_installed

    found: list[ConformanceResults | NotChecked] = []
    for report in check_installed(kind, device=device, quick=quick):
        if not as_json:  # at once, since all may take minutes
            if not found or found[-1].kind != report.kind:
                click.echo("\n" * bool(found) + report.kind)
            mark, name, words = _summary(report)
            click.echo(f"  {mark:4}  {name}  {words}")
        found.append(report)
    if as_json:
        print_json({"device": device, "plugins": [report.to_json() for report in found]})
    left_out = sum(isinstance(report, NotChecked) and not report.is_problem for report in found)
    broken = [text for report in found if (text := _problem(report))]
    if not as_json:
        conform = len(found) - left_out - len(broken)
        click.echo(f"\n{count(conform, 'plugin')} of {len(found)} conform, {left_out} not checked")
    if broken:
        number = f"{count(len(broken), 'plugin')} of {len(found)}"
        raise GanzooError(f"{number} can't be loaded or do not conform\n\n" + "\n\n".join(broken))


def _summary(report: ConformanceResults | NotChecked) -> tuple[str, str, str]:
    from ganzoo.testing import NotChecked

    name = report.plugin
    if isinstance(report, NotChecked):
        said = report.reason.partition("\n")[0]
        return ("FAIL", name, "can't be loaded") if report.is_problem else ("-", name, f"not checked: {said}")
    if report.passed:
        return "ok", name, count(report.ran, "check")
    failing = [result.check for result in report.results if result.is_problem]
    return "FAIL", name, ", ".join(failing) or f"only {count(report.ran, 'check')}"


def _problem(report: ConformanceResults | NotChecked) -> str:
    """What is wrong with a plugin, in full; empty where nothing is."""
    from ganzoo.testing import NotChecked

    if isinstance(report, NotChecked):
        return report.reason if report.is_problem else ""
    return "\n\n".join((f"the {report.kind} {report.plugin}:", *report.problems)) if report.problems else ""


def _row(result: Result) -> tuple[str, str, str]:
    mark = _MARKS.get(result.status, "FAIL")
    notes = [] if result.status in ("passed", "failed") else [str(result.status)]
    if result.reason and not result.is_problem:
        notes.append(result.reason)
    return mark, result.check, ": ".join(notes)
