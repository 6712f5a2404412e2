"""`ganzoo study report`: one page about a study."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ganzoo.cli.options import path_option
from ganzoo.cli.output import note
from ganzoo.cli.outputs import require_output
from ganzoo.cli.study_options import read_study, study_argument
from ganzoo.errors import UsageError
from ganzoo.text import of_bytes

if TYPE_CHECKING:
    from ganzoo.study.folder import StudyFolder


@click.command("report")
@study_argument
@path_option("--out", metavar="FILE", help="The page; replaced [report.html in the study].")
def command(study: StudyFolder, out: Path | None) -> None:
    """Write one HTML file about STUDY: variants, verdicts, curves with bands, grids side by side, protocol.

    A study that is under way is shown as far as it is.
    """
    page = study.path / "report.html" if out is None else out
    if page.suffix not in (".html", ".htm"):
        raise UsageError(f"--out is a .html file, not {str(page)!r}")
    summary = read_study(study)
    page = require_output(page, force=True)  # a page is made again of the same study
    from ganzoo.files import write_text
    from ganzoo.study.page import make_page

    text = make_page(summary)
    write_text(page, text)
    note(f"{of_bytes(len(text.encode()))}, to be opened in a browser")
    click.echo(page)
