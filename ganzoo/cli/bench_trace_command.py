"""`ganzoo bench trace`: where the time of a recording went, without torch and without a GPU."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Final

import click

from ganzoo import trace
from ganzoo.cli.bench_trace_summary import ms, share, summary
from ganzoo.cli.options import WholeNumber, json_option, path_option
from ganzoo.cli.output import heading, note, print_json, print_labelled, print_table
from ganzoo.cli.outputs import require_output
from ganzoo.errors import GanzooError, UsageError
from ganzoo.tables import Field, table
from ganzoo.text import of_bytes
from ganzoo.trace import Analysis, Trace

_NAME_LENGTH: Final = 1_000_000
"""Characters of a name that are shown: those of kernels have thousands."""


@click.command("trace")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--by",
    "by",
    type=click.Choice(["kernel", "category", "operator"]),
    help="The table to print: GPU time by kernel or by category, or the host's time by operator."
    "  [default: kernel; operator where no GPU was recorded]",
)
@click.option("--range", "range_name", metavar="NAME", help="Only what this range started; * matches.")
@click.option("--top", type=WholeNumber(min=0), default=20, show_default=True, help="Rows; 0 for all.")
@path_option(
    "--html", "page", metavar="FILE", help="Write a page: scopes and kernels as a flame, and over time."
)
@json_option
def command(
    files: tuple[Path, ...],
    by: str | None,
    range_name: str | None,
    top: int,
    page: Path | None,
    as_json: bool,
) -> None:
    """Show where the time of a recording went: kernels, ranges, idle time.

    FILE is a Chrome trace that PyTorch's profiler wrote on any machine, .json or .json.gz, of
    NVIDIA's or AMD's GPUs or of the CPU alone. Neither torch nor a GPU is needed to read it.
    Of two recordings it shows which kernels came, went, grew and shrank from the first to the second.
    Of the processes of one training, a FILE each, it shows what each communicates, and which of
    them the others wait for.
    """
    if by is not None and len(files) > 1:
        raise UsageError("--by is for one recording; two are compared kernel by kernel, more rank by rank")
    if page is not None:
        if len(files) > 1:
            raise UsageError("--html is the page of one recording")
        page = _page_name(page)
    if len(files) > 2:  # one after the other, so that only one is in memory
        _print_ranks((_read(file, range_name) for file in files), files, as_json)
        return
    recordings = [_read(file, range_name) for file in files]
    if len(files) == 2 and trace.of_one_training(recordings):
        _print_ranks(recordings, files, as_json)
        return
    analyses = [trace.analyse(recording) for recording in recordings]
    for file, analysis in zip(files, analyses, strict=True):
        _warn(analysis.problems, file, files)
    if len(files) == 2:
        _compare(analyses[0], analyses[1], (files[0], files[1]), range_name, top, as_json)
        return
    (analysis,) = analyses
    if page is not None:
        _write_page(page, files[0], recordings[0], analysis)
    if as_json:
        print_json({"file": str(files[0]), "range": range_name, **trace.to_json(analysis)})
        return
    for label, text in summary(analysis):
        print_labelled(label, text)
    kind = by or ("kernel" if analysis.kernels.count else "operator")
    for shown in (_TABLES[kind](analysis), _ranges(analysis)):
        if shown[-1]:
            _print(shown, top)


def _page_name(page: Path) -> Path:
    if page.suffix not in (".html", ".htm"):
        raise UsageError(f"--html is a .html file, not {str(page)!r}")
    return require_output(page, force=True, option="--html")  # a page is made again of the same recording


def _write_page(page: Path, file: Path, recording: Trace, analysis: Analysis) -> None:
    from ganzoo.files import write_text
    from ganzoo.pages.recording.page import make_page

    text = make_page(file.name, recording, analysis, summary(analysis))
    write_text(page, text)
    note(f"wrote {page}, {of_bytes(len(text.encode()))}, to be opened in a browser")


def _read(file: Path, range_name: str | None) -> Trace:
    recording = trace.read(file)
    return recording if range_name is None else trace.within(recording, range_name)


def _print_ranks(recordings: Iterable[Trace], files: Sequence[Path], as_json: bool) -> None:
    from ganzoo.cli.bench_trace_ranks import print_ranks, to_json

    ranks = [trace.read_rank(recording, place) for place, recording in enumerate(recordings)]
    for file, rank in zip(files, ranks, strict=True):
        _warn(rank.problems, file, files)
    found = trace.compare_ranks(ranks)
    if as_json:
        print_json({"files": [str(file) for file in files], **to_json(found)})
    else:
        print_ranks(found)


def _warn(problems: Sequence[str], file: Path, files: Sequence[Path]) -> None:
    which = "the recording" if len(files) == 1 else str(file)
    for problem in problems:
        note(f"warning: {which} is incomplete: {problem}")


def _compare(
    base: Analysis, new: Analysis, files: tuple[Path, Path], range_name: str | None, top: int, as_json: bool
) -> None:
    from ganzoo.cli.bench_trace_difference import print_difference, to_json

    for file, analysis in zip(files, (base, new), strict=True):
        if not analysis.kernels.count:
            raise GanzooError(f"{file} has no kernels to compare: no GPU was recorded, or the range has none")
    found = trace.difference(base, new)
    if as_json:
        print_json({"files": [str(file) for file in files], "range": range_name, **to_json(found)})
    else:
        print_difference(found, top)


_Shown = tuple[str, Sequence[Field[Any]], Sequence[Any]]
"""A title, the columns, and what has a row each."""


def _kernels(analysis: Analysis) -> _Shown:
    name = trace.shorten if sys.stdout.isatty() else str
    fields = (
        _time("total_ns", "time", lambda row: row.total),
        _share_of(analysis.kernels.total, lambda row: row.total),
        _count("calls", lambda row: row.calls),
        Field[Any](
            name="mean_ns",
            heading="mean",
            value=lambda row: row.total / row.calls,
            text=lambda row: f"{row.total / row.calls / 1e3:,.1f} µs",
        ),
        Field[Any](name="category", heading="category", value=lambda row: row.category),
        _name("kernel", lambda row: name(row.name)),
    )
    return "Kernels", fields, analysis.table


def _categories(analysis: Analysis) -> _Shown:
    fields = (
        _time("total_ns", "time", lambda row: row.total),
        _share_of(analysis.kernels.total, lambda row: row.total),
        _count("calls", lambda row: row.calls),
        _name("category", lambda row: row.name),
    )
    return "Categories", fields, analysis.categories


def _operators(analysis: Analysis) -> _Shown:
    fields = (
        _time("own_ns", "own time", lambda row: row.own),
        _share_of(sum(row.own for row in analysis.operators), lambda row: row.own),
        _time("total_ns", "with what it calls", lambda row: row.total),
        _count("calls", lambda row: row.calls),
        _name("operator", lambda row: row.name),
    )
    return "Operators, time of the host", fields, analysis.operators


def _ranges(analysis: Analysis) -> _Shown:
    total = analysis.kernels.total
    on_gpu = (
        _time("total_ns", "GPU time", lambda row: row.total),
        _share_of(total, lambda row: row.total),
        _count("kernels", lambda row: row.kernels),
    )
    on_host = (
        _count("times", lambda row: row.instances),
        _time("host_ns", "host time", lambda row: row.host_total),
    )
    title = "Ranges, with the kernels that were launched inside" if total else "Ranges, time of the host"
    fields = (*on_gpu, *on_host) if total else on_host[::-1]
    return title, (*fields, _name("range", lambda row: row.name)), analysis.ranges


def _time(name: str, heading: str, value: Callable[[Any], int]) -> Field[Any]:
    return Field(name=name, heading=heading, value=value, text=lambda row: ms(value(row)))


def _share_of(whole: int, value: Callable[[Any], int]) -> Field[Any]:
    return Field(
        name="share",
        heading="share",
        value=lambda row: value(row) / whole if whole else None,
        text=lambda row: share(value(row), whole),
    )


def _count(name: str, value: Callable[[Any], int]) -> Field[Any]:
    return Field(name=name, heading=name, value=value)


def _name(heading: str, value: Callable[[Any], str]) -> Field[Any]:
    return Field(name=heading, heading=heading, value=value, longest=_NAME_LENGTH)


_TABLES = {"kernel": _kernels, "category": _categories, "operator": _operators}


def _print(shown: _Shown, top: int) -> None:
    title, fields, rows = shown
    printed = rows[: top or None]
    click.echo()
    heading(title)
    print_table(table(fields, printed), indent=2)
    if len(printed) < len(rows):
        note(f"{len(rows) - len(printed):,} more rows: --top 0 shows all")
