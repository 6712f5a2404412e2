"""The tutorials say the same in both languages: headings, code, figures, tables and links are in step."""

from __future__ import annotations

import posixpath
import re
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs"
NAMES = ("tutorial.md", "tutorial-layers.md", "tutorial-conditional.md")
PAIRS = [pytest.param(DOCS / name, DOCS / "vi" / name, id=name) for name in NAMES]
both = pytest.mark.parametrize(("english", "vietnamese"), PAIRS)

_FENCED = re.compile(r"^```.*?^```[ \t]*$", re.MULTILINE | re.DOTALL)


def code(page: Path) -> list[str]:
    """Every block as it stands, its first line with the options included."""
    return _FENCED.findall(page.read_text("utf-8"))


def prose(page: Path) -> str:
    return _FENCED.sub("```", page.read_text("utf-8"))


def sections(page: Path) -> list[str]:
    """The prose between one heading and the next, with a mark where a block of code was."""
    return re.split(r"^#+ .+$", prose(page), flags=re.MULTILINE)[1:]


def headings(page: Path) -> list[int]:
    return [len(marks) for marks in re.findall(r"^(#+) ", prose(page), re.MULTILINE)]


def links(page: Path) -> list[str]:
    """Targets by their paths in docs/, images included.

    A tutorial is the same page in both languages; its headings have names of their own in each.
    """
    folder = page.relative_to(DOCS).parent.as_posix()
    return [
        target if "://" in target else in_english(folder, target)
        for target in re.findall(r"\]\(([^)\s]+)\)", prose(page))
    ]


def in_english(folder: str, target: str) -> str:
    path, _, heading = target.partition("#")
    path = posixpath.normpath(posixpath.join(folder, path)).removeprefix("vi/") if path else ""
    return path if path in ("", *NAMES) else f"{path}#{heading}"


def shape(section: str) -> list[str]:
    """What a section consists of: paragraphs, list items, tables of so many rows, figures, code."""
    blocks = [block for block in re.split(r"\n\s*\n|\n(?=- )", section.strip()) if block.strip()]
    return [
        f"table {block.count(chr(10))}"
        if block.startswith("|")
        else next((name for mark, name in KINDS.items() if block.lstrip().startswith(mark)), "paragraph")
        for block in blocks
    ]


@both
def test_headings_have_the_same_levels(english: Path, vietnamese: Path) -> None:
    assert headings(vietnamese) == headings(english)
    assert len(headings(english)) > 8


@both
def test_code_is_the_same(english: Path, vietnamese: Path) -> None:
    assert code(vietnamese) == code(english)
    assert len(code(english)) > 10


@both
def test_figures_and_links_are_the_same(english: Path, vietnamese: Path) -> None:
    assert links(vietnamese) == links(english)
    assert sum("images/" in link for link in links(english)) > 3


@both
def test_each_links_to_the_other(english: Path, vietnamese: Path) -> None:
    assert f"](vi/{english.name})" in english.read_text("utf-8")
    assert f"](../{english.name})" in vietnamese.read_text("utf-8")


@both
def test_a_section_has_the_same_parts(english: Path, vietnamese: Path) -> None:
    """As many paragraphs, list items and rows of a table in the same order, and the same words of code."""
    for there, here in zip(sections(english), sections(vietnamese), strict=True):
        assert shape(here) == shape(there), here
        assert sorted(re.findall(r"`[^`\n]+`", here)) == sorted(re.findall(r"`[^`\n]+`", there))


KINDS = {"```": "code", "![": "figure", "*": "caption", "- ": "item", "[": "link"}

TERMS = {
    "bộ sinh": "generator",
    "bộ phân biệt": "discriminator",
    "vector tiềm ẩn": "latents",
    "tầng dày đặc": "dense layer",
    "tích chập chuyển vị": "transposed convolution",
    "tích chập có sải bước": "strided convolution",
    "hạt nhân": "kernel",
    "phần đệm": "padding",
    "phép gộp": "pooling",
    "lan truyền ngược": "backpropagation",
    "chuẩn hoá theo lô": "batch normalisation",
    "hàm mất mát": "loss",
    "nhãn": "label",
    "tốc độ học": "learning rate",
    "trọng số": "weights",
    "trung bình trượt": "moving average",
    "bộ phân loại": "classifier",
    "cách khởi tạo": "initialisation",
    "sụp đổ mode": "mode collapse",
}
"""What the Vietnamese pages call the field's terms, and the terms."""


@both
def test_the_english_term_stands_beside_each_translated_one(english: Path, vietnamese: Path) -> None:
    text = " ".join(prose(vietnamese).split())
    for translated, term in TERMS.items():
        if re.search(translated, text, re.IGNORECASE):
            beside = re.search(rf"{translated}\*? \(\*?{term}", text, re.IGNORECASE)
            assert beside, f"{english.name}: {translated!r} stands nowhere beside {term!r}"
