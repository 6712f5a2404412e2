"""What `ganzoo bench trace A B` prints: the kernels that came, went, grew and shrank."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import Any, Final

import click

from ganzoo import trace
from ganzoo.cli.output import heading, note, print_labelled, print_table
from ganzoo.tables import Field, table
from ganzoo.text import change, count, rounded
from ganzoo.trace import ChangedKernel, TraceDifference

_LONGEST: Final = 1_000_000
"""Characters of a kernel's name that are shown."""

_WORDS: Final = ("came", "went", "grew", "shrank", "same")


def to_json(found: TraceDifference) -> dict[str, Any]:
    """The difference as JSON can say it, without the schema number."""
    kernels = [{"change": row.word, **asdict(row)} for row in found.kernels]
    return {**asdict(found), "kernels": kernels}


def print_difference(found: TraceDifference, top: int) -> None:
    """Prints the sums, then the kernels whose time changed most."""
    words = [row.word for row in found.kernels]
    grown = f", {change(found.new_ns / found.base_ns - 1)}" if found.base_ns else ""
    print_labelled(
        "GPU time",
        f"{found.base_ns / 1e6:,.3f} ms to {found.new_ns / 1e6:,.3f} ms a {found.unit}{grown}; "
        f"kernels {rounded(found.base_kernels)} to {rounded(found.new_kernels)}",
    )
    print_labelled("kernels", ", ".join(f"{words.count(word)} {word}" for word in _WORDS))
    changed = [row for row in found.kernels if row.word != "same"]
    shown = changed[: top or None]
    if shown:
        click.echo()
        heading(f"Kernels that changed, in one {found.unit}")
        print_table(table(_fields(), shown), indent=2)
    if len(shown) < len(changed):
        note(f"{count(len(changed) - len(shown), 'more row')}: --top 0 shows all")


def _fields() -> tuple[Field[ChangedKernel], ...]:
    name = trace.shorten if sys.stdout.isatty() else str
    return (
        Field(name="change", heading="change", value=lambda row: row.word),
        Field(name="grown_ns", heading="time", value=lambda row: row.grown_ns,
              text=lambda row: f"{row.grown_ns / 1e6:+,.3f} ms"),
        Field(name="base_ns", heading="A", value=lambda row: row.base_ns, text=lambda row: _ms(row.base_ns)),
        Field(name="new_ns", heading="B", value=lambda row: row.new_ns, text=lambda row: _ms(row.new_ns)),
        Field(name="base_calls", heading="calls A", value=lambda row: row.base_calls,
              text=lambda row: rounded(row.base_calls)),
        Field(name="new_calls", heading="calls B", value=lambda row: row.new_calls,
              text=lambda row: rounded(row.new_calls)),
        Field(name="category", heading="category", value=lambda row: row.category),
        Field(name="name", heading="kernel", value=lambda row: row.name,
              text=lambda row: name(row.name), longest=_LONGEST),
    )  # fmt: skip


def _ms(nanoseconds: float) -> str:
    return f"{nanoseconds / 1e6:,.3f} ms" if nanoseconds else "-"
