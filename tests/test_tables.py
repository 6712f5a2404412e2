"""Tables as data, and as text, Markdown and CSV."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ganzoo import tables
from ganzoo.tables import Field, as_csv, as_markdown, as_text, listing, sort, table


def numbers(values: list[Any]) -> tables.Table:
    fields = [
        Field[Any](name="label", heading="label", value=lambda item: f"row {item}"),
        Field[Any](name="value", heading="value", value=lambda item: item),
        Field[Any](name="fixed", heading="fixed", value=lambda item: "a", condition=True),
        Field[Any](name="nothing", heading="nothing", value=lambda item: None),
        Field[Any](name="hidden", heading="", value=lambda item: 1),
    ]
    return table(fields, values)


def test_text_is_aligned_and_says_once_what_is_the_same() -> None:
    assert as_text(numbers([1, 1000, None])) == (
        "all rows: fixed a\n\nlabel     value\nrow 1         1\nrow 1000  1,000\nrow None      -"
    )


def test_csv_has_every_column() -> None:
    assert as_csv(numbers([0.1, None])) == (
        "label,value,fixed,nothing,hidden\nrow 0.1,0.1,a,,1\nrow None,,a,,1"
    )


def test_sorting_puts_the_largest_first_and_the_unknown_last() -> None:
    assert [record["value"] for record in sort(numbers([1, None, 3, 2]), "value").records] == [3, 2, 1, None]
    assert [r["label"] for r in sort(numbers([2, 1]), "label").records] == ["row 1", "row 2"]
    with pytest.raises(KeyError):
        sort(numbers([1]), "nowhere")


@given(st.lists(st.text(), min_size=1, max_size=5))
def test_any_text_stays_in_its_cell(texts: list[str]) -> None:
    fields = [
        Field[str](name="number", heading="number", value=len),
        Field[str](name="text", heading="text", value=lambda item: item),
    ]
    shown = table(fields, texts)

    assert len(as_text(shown).splitlines()) == 1 + len(texts)
    markdown = as_markdown(shown).splitlines()
    cells = [line.replace("\\\\", "").replace("\\|", "").count("|") for line in markdown]
    assert len(cells) == 2 + len(texts)
    assert len(set(cells)) == 1
    parsed = list(csv.reader(io.StringIO(as_csv(shown), newline="")))
    assert [row[0] for row in parsed[1:]] == [str(len(text)) for text in texts]
    assert all(len(row) == 2 for row in parsed)


def test_a_listing_has_no_headings_and_keeps_empty_texts() -> None:
    rows = [("a", "", "-"), ("long\x1b[2J", "x", "")]

    assert as_text(listing(rows), indent=2) == "  a            -\n  long [2J  x"
    assert as_text(listing([("-", "-")])) == "-  -"


def test_the_length_of_a_text_is_the_fields() -> None:
    def shown(**length: int) -> str:
        return as_text(table([Field[str](name="a", heading="a", value=str, **length)], ["x" * 5000]))

    assert len(shown().splitlines()[1]) == tables.CELL_LENGTH
    assert len(shown(longest=10_000).splitlines()[1]) == 5000
