"""`ganzoo bench compare`: two reports against each other, row by row."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ganzoo.cli.options import Number, format_option, json_option
from ganzoo.cli.output import heading, note, print_json, print_listing, print_rendered
from ganzoo.errors import GanzooError, UsageError
from ganzoo.text import count

if TYPE_CHECKING:
    from ganzoo.benchmark.compare.comparison import Comparison


@click.command("compare")
@click.argument("a", type=click.Path(path_type=Path))
@click.argument("b", type=click.Path(path_type=Path))
@click.option(
    "--gate",
    type=Number(min=0),
    metavar="PERCENT",
    help="Exit with 1 if anything is worse in B by more than this, or fails in B only.",
)
@click.option(
    "--min-effect",
    type=Number(min=0),
    default=2.0,
    show_default=True,
    metavar="PERCENT",
    help="Smallest change of time that counts.",
)
@click.option("--explain", is_flag=True, help="Say of every row what its verdict rests on.")
@click.option("--across-devices", is_flag=True, help="Compare rows of different devices and thread counts.")
@format_option
@json_option
def command(
    a: Path,
    b: Path,
    gate: float | None,
    min_effect: float,
    explain: bool,
    across_devices: bool,
    table_format: str,
    as_json: bool,
) -> None:
    """Compare two reports: is B faster than A, slower, the same, or is it undecided?

    A time has changed when the change is both significant and above --min-effect. Memory, parameters,
    operations and kernels are compared as they are.
    """
    from ganzoo.benchmark import report
    from ganzoo.benchmark.compare import comparison, table

    if as_json and (explain or table_format != "text"):
        raise UsageError("--json prints everything in a form of its own: leave out --explain and --format")
    compared = comparison.compare(
        report.read(a), report.read(b), minimum_effect=min_effect / 100, across_devices=across_devices
    )
    regressions = compared.regressions(gate) if gate is not None else ()
    if as_json:
        gated = {"gate": {"percent": gate, "regressions": list(regressions)}} if gate is not None else {}
        print_json({**table.to_json(compared), **gated})
    else:
        _print_environment(compared, to_stdout=table_format == "text")
        print_rendered(table.comparison_table(compared), table_format)
        if explain:
            _explain(compared)
    if regressions:
        raise GanzooError(
            f"{count(len(regressions), 'regression')} above {gate:g} %\n"
            + "\n".join(f"  {text}" for text in regressions)
        )


def _print_environment(compared: Comparison, *, to_stdout: bool) -> None:
    """Says what differs besides the code; beside a table for programs it goes to stderr."""
    rows = [(d.name, str(d.base), "->", str(d.new)) for d in compared.environment]
    if to_stdout and rows:
        heading("Environments differ")
        print_listing(rows)
        click.echo()
    elif rows:
        note("the environments differ:")
        for row in rows:
            note("  " + " ".join(row))


def _explain(compared: Comparison) -> None:
    from ganzoo.benchmark.compare.comparison import describe
    from ganzoo.benchmark.compare.table import explain

    for pair in compared.pairs:
        heading(f"\n{describe(pair.key)}: {pair.verdict.word}")
        print_listing(list(explain(pair)))
