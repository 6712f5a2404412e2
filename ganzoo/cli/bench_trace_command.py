"""`ganzoo bench trace`: where the time of a recording went, without torch and without a GPU."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import click

from ganzoo import trace
from ganzoo.cli.options import json_option
from ganzoo.cli.output import heading, note, print_json, print_table
from ganzoo.errors import GanzooError, UsageError
from ganzoo.tables import Field, table
from ganzoo.text import printable
from ganzoo.trace import Analysis

_NAME_LENGTH: Final = 1_000_000
"""Characters of a name that are shown: those of kernels have thousands."""


@click.command("trace")
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("other", metavar="[OTHER]", type=click.Path(path_type=Path), required=False)
@click.option(
    "--by",
    "by",
    type=click.Choice(["kernel", "category", "operator"]),
    help="The table to print: GPU time by kernel or by category, or the host's time by operator."
    "  [default: kernel; operator where no GPU was recorded]",
)
@click.option("--range", "range_name", metavar="NAME", help="Only what this range started; * matches.")
@click.option("--top", type=click.IntRange(min=0), default=20, show_default=True, help="Rows; 0 for all.")
@json_option
def command(
    file: Path, other: Path | None, by: str | None, range_name: str | None, top: int, as_json: bool
) -> None:
    """Show where the time of a recording went: kernels, ranges, idle time.

    FILE is a Chrome trace that PyTorch's profiler wrote on any machine, .json or .json.gz, of
    NVIDIA's or AMD's GPUs or of the CPU alone. Neither torch nor a GPU is needed to read it.
    With OTHER, a second recording, it shows which kernels came, went, grew and shrank from FILE to it.
    """
    analysis = _analysed(file, range_name)
    if other is not None:
        if by is not None:
            raise UsageError("--by is for one recording; two are compared kernel by kernel")
        _compare(analysis, _analysed(other, range_name), (file, other), range_name, top, as_json)
        return
    if as_json:
        print_json({"file": str(file), "range": range_name, **trace.to_json(analysis)})
        return
    for label, text in _summary(analysis):
        click.echo(f"{label:<10}{_clean(text)}")
    kind = by or ("kernel" if analysis.kernels.count else "operator")
    for shown in (_TABLES[kind](analysis), _ranges(analysis)):
        if shown[-1]:
            _print(shown, top)


def _analysed(file: Path, range_name: str | None) -> Analysis:
    recording = trace.read(file)
    if range_name is not None:
        recording = trace.within(recording, range_name)
    analysis = trace.analyse(recording)
    for problem in analysis.problems:
        note(f"warning: the recording is incomplete: {problem}")
    return analysis


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


def _summary(analysis: Analysis) -> Sequence[tuple[str, str]]:
    """What stands above the tables."""
    verdict = ("verdict", str(analysis.bottleneck))
    if not analysis.devices:
        return [verdict]
    kernels, idle, launches = analysis.kernels, analysis.idle, analysis.launches
    devices = [f"{'?' if d.id is None else d.id}: {d.name or 'name not recorded'}" for d in analysis.devices]
    copies = [
        f"{kind.name.removeprefix('Memcpy ')} {kind.count:,} in {_ms(kind.total)}"
        for kind in analysis.memcpy_kinds
    ]
    span = analysis.busy + idle.total
    unlaunched = kernels.count - launches.joined
    rows = [
        ("GPU", "; ".join(devices)),
        (
            "busy",
            f"{_share(analysis.busy, span)}, {_ms(analysis.busy)} of {_ms(span)}; idle: waiting for the host "
            f"{_share(idle.host_wait, span)}, gaps up to 5 µs {_share(idle.short_gaps, span)}, "
            f"other {_share(idle.other, span)}",
        ),
        (
            "kernels",
            f"{kernels.count:,} in {_ms(kernels.total)}, {_ms(kernels.union)} with overlaps counted once; "
            f"{_share(kernels.small, kernels.count)} of them under 10 µs",
        ),
        ("copies", "; ".join(copies) or "none"),
        ("fills", f"{analysis.memset.count:,} in {_ms(analysis.memset.total)}"),
        (
            "launches",
            f"{launches.count:,} of kernels, {launches.graphs:,} of graphs, {_ms(launches.total)} on the host"
            + (
                f"; a kernel starts {launches.median_delay / 1e3:,.1f} µs after its launch (median)"
                if launches.median_delay is not None
                else ""
            )
            + (f"; those of {unlaunched:,} kernels are not recorded" if unlaunched else ""),
        ),
    ]
    if analysis.steps.kernels:
        rows.append(("steps", _steps(analysis.steps.kernels)))
    return [*rows, verdict]


def _steps(kernels: Sequence[int]) -> str:
    if len(set(kernels)) == 1:
        return f"{len(kernels):,} with {kernels[0]:,} kernels each"
    return f"{len(kernels):,} with different numbers of kernels: {', '.join(f'{k:,}' for k in kernels[:16])}"


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
    return Field(name=name, heading=heading, value=value, text=lambda row: _ms(value(row)))


def _share_of(whole: int, value: Callable[[Any], int]) -> Field[Any]:
    return Field(
        name="share",
        heading="share",
        value=lambda row: value(row) / whole if whole else None,
        text=lambda row: _share(value(row), whole),
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


def _clean(text: str) -> str:
    """Text of a file without what would move the terminal's cursor."""
    return printable(text, len(text) + 1)


def _ms(nanoseconds: int) -> str:
    return f"{nanoseconds / 1e6:,.3f} ms"


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "-"
