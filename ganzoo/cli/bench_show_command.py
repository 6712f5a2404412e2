"""`ganzoo bench show`: reports as tables and plots."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from ganzoo.cli.options import format_option, json_option
from ganzoo.cli.output import note, print_json, print_rendered
from ganzoo.errors import UsageError, near_matches


@click.command("show")
@click.argument("reports", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--table",
    "shown",
    type=click.Choice(["times", "memory", "swaps", "parts", "kernels"]),
    default="times",
    show_default=True,
    help="What to show of every row.",
)
@click.option(
    "--sort", metavar="COLUMN", help="Order rows by a column of the CSV: images_per_second, model, ..."
)
@format_option
@click.option(
    "--plots",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Draw throughput, memory, kernels and a roofline into this folder.",
)
@click.option(
    "--plot-format", type=click.Choice(["png", "svg"]), default="png", show_default=True, help="Of the plots."
)
@json_option
def command(
    reports: Sequence[Path],
    shown: str,
    sort: str | None,
    table_format: str,
    plots: Path | None,
    plot_format: str,
    as_json: bool,
) -> None:
    """Show one report or several as one table, and draw plots of them."""
    from ganzoo.benchmark import report
    from ganzoo.benchmark.show.tables import tabulate
    from ganzoo.tables import sort as sorted_by

    if as_json and table_format != "text":
        raise UsageError("--json prints every column in a form of its own: leave out --format")
    read = {name: report.read(path) for name, path in zip(_names(reports), reports, strict=True)}
    table = tabulate(read, shown)
    if sort is not None:
        names = [column.name for column in table.columns]
        if sort not in names:
            raise UsageError(
                f"no column is called {sort!r}{near_matches(sort, names)}\ncolumns: {', '.join(names)}"
            )
        table = sorted_by(table, sort)
    if as_json:
        print_json({"table": shown, "rows": table.records})
    elif not table.records:
        note(f"nothing to show: no row has {shown}")
    else:
        print_rendered(table, table_format)
    if plots is not None:
        from ganzoo.benchmark.show import plots as drawing

        for path in drawing.save(read, plots, plot_format):
            note(f"wrote {path}")


def _names(reports: Sequence[Path]) -> list[str]:
    """What tables call the reports: the file's name, or the whole path where two share it."""
    stems = [path.stem for path in reports]
    names = stems if len(set(stems)) == len(stems) else [str(path) for path in reports]
    if len(set(names)) < len(names):
        raise UsageError("a report is named twice")
    return names
