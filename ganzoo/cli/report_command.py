"""`ganzoo report`: runs as one page for the browser."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ganzoo.cli.options import path_option
from ganzoo.cli.output import note
from ganzoo.cli.outputs import require_output
from ganzoo.errors import UsageError
from ganzoo.text import of_bytes, printable

if TYPE_CHECKING:
    from ganzoo.pages.report.tables import PageTable

_CELL = 160
"""Characters of a benchmark's cell that are shown: a failure can fill pages."""


@click.command("report")
@click.argument("runs", metavar="RUN...", nargs=-1, required=True, type=click.Path(path_type=Path))
@path_option(
    "--out", metavar="FILE", default=Path("report.html"), show_default=True, help="The page; replaced."
)
@path_option("--data-dir", metavar="DIR", help="Folder with the data set's files [the run's].")
@path_option(
    "--evaluation",
    "evaluations",
    metavar="FILE",
    multiple=True,
    help="From `ganzoo evaluate --json`.",
)
@path_option("--benchmark", "benchmarks", metavar="FILE", multiple=True, help="A report of `ganzoo bench`.")
@click.option("--device", metavar="NAME", default="auto", show_default=True, help="auto, cpu, cuda, mps.")
def command(
    runs: tuple[Path, ...],
    out: Path,
    data_dir: Path | None,
    evaluations: tuple[Path, ...],
    benchmarks: tuple[Path, ...],
    device: str,
) -> None:
    """Write one HTML file about each RUN, a run folder: several stand side by side.

    It shows samples through time, curves, interpolations, the nearest training images, figures, settings
    and environment, and needs no network. What can't be drawn is left out, with the reason.
    """
    if out.suffix not in (".html", ".htm"):
        raise UsageError(f"--out is a .html file, not {str(out)!r}")
    out = require_output(out, force=True)  # a page is made again of the same runs
    if len({run.resolve() for run in runs}) < len(runs):
        raise UsageError("a RUN is named twice")

    from ganzoo.devices import choose_device
    from ganzoo.files import write_text
    from ganzoo.pages.report import tables
    from ganzoo.pages.report.page import make_page

    given = [*map(tables.read_evaluation, evaluations), *map(_benchmark, benchmarks)]
    page = make_page(runs, data_dir=data_dir, device=choose_device(device), extra_tables=given)
    write_text(out, page)
    note(f"{of_bytes(len(page.encode()))}, to be opened in a browser")
    click.echo(out)


def _benchmark(path: Path) -> PageTable:
    from ganzoo import tables
    from ganzoo.benchmark import report
    from ganzoo.benchmark.show.tables import tabulate
    from ganzoo.pages.report.tables import PageRow, PageTable

    table = tabulate({path.stem: report.read(path)})
    columns = table.shown
    rows = zip(*([printable(text, _CELL) for text in column.texts] for column in columns), strict=True)
    shared = tables.caption(table)
    return PageTable(
        f"Benchmark {path.stem}",
        tuple(column.heading for column in columns),
        tuple(PageRow(row) for row in rows),
        (f"All rows: {shared}.",) if shared else (),
    )
