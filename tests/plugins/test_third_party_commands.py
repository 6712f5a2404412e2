"""Sub-commands of third parties: listed without an import, imported when called, and failures in words."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest

WAVE = """
import click

@click.command("wave")
@click.option("--times", default=1)
def command(times: int) -> None:
    '''Wave at somebody.'''
    click.echo("hello " * times)
"""


def install(site: Any, text: str = WAVE, name: str = "wave", attribute: str = "command") -> None:
    """Installs a distribution that announces one command."""
    entry_points = {"ganzoo.commands": {name: f"acme_wave:{attribute}"}}
    site.install("acme-wave", entry_points, {"acme_wave.py": text}, "1.2")


@pytest.fixture(autouse=True)
def not_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test has a module of its own."""
    monkeypatch.delitem(sys.modules, "acme_wave", raising=False)


def test_help_lists_it_without_importing_it(site: Any, ganzoo: Callable[..., Any]) -> None:
    install(site, "raise SystemExit('imported')")
    shown = ganzoo("--help")
    assert shown.code == 0
    assert "Of acme-wave 1.2." in shown.out.partition("Commands of other packages:")[2]
    assert "acme_wave" not in sys.modules


def test_it_is_imported_and_run_when_called(site: Any, ganzoo: Callable[..., Any]) -> None:
    install(site)
    waved = ganzoo("wave", "--times", 2)
    assert (waved.code, waved.out) == (0, "hello hello \n")
    misspelt = ganzoo("wavee")
    assert (misspelt.code, "id you mean" in misspelt.err) == (2, True), misspelt.err


@pytest.mark.parametrize("text", ["x = 1\nraise ValueError('no hands')", "x = 1\ndef :"])
def test_a_failing_import_names_file_and_line(text: str, site: Any, ganzoo: Callable[..., Any]) -> None:
    install(site, text)
    result = ganzoo("wave")
    said = result.err
    assert result.code == 3
    assert "acme_wave.py, line 2" in said
    assert "acme-wave 1.2" in said
    assert "pip uninstall acme-wave" in said
    assert "Traceback" not in said


def test_what_is_no_command_is_refused(site: Any, ganzoo: Callable[..., Any]) -> None:
    install(site, "command = 3")
    result = ganzoo("wave")
    assert (result.code, "it is a int, not a click command" in result.err) == (3, True)


def test_a_command_of_the_core_cannot_be_taken(site: Any, ganzoo: Callable[..., Any]) -> None:
    install(site, name="list")
    problem = "the command 'list' of acme-wave is left out: ganzoo list is a command of GanZoo itself"
    assert problem in ganzoo("list", "--json").json["warnings"]
    assert problem in ganzoo("env", "--json").json["problems"]
