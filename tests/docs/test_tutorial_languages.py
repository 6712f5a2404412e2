"""The tutorial says the same in both languages: headings, code, figures, tables and links are in step."""

from __future__ import annotations

import posixpath
import re
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs"
ENGLISH, VIETNAMESE = DOCS / "tutorial.md", DOCS / "vi" / "tutorial.md"

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
    """Targets by their paths in docs/, images included, but for the link to the other language."""
    folder = page.relative_to(DOCS).parent.as_posix()
    targets = re.findall(r"\]\(([^)\s]+)\)", prose(page))
    return [
        target if "://" in target else posixpath.normpath(posixpath.join(folder, target))
        for target in targets
        if not target.endswith("tutorial.md")
    ]


def test_headings_have_the_same_levels() -> None:
    assert headings(VIETNAMESE) == headings(ENGLISH)
    assert len(headings(ENGLISH)) > 10


def test_code_is_the_same() -> None:
    assert code(VIETNAMESE) == code(ENGLISH)
    assert len(code(ENGLISH)) > 20


def test_figures_and_links_are_the_same() -> None:
    assert links(VIETNAMESE) == links(ENGLISH)
    assert sum("images/" in link for link in links(ENGLISH)) > 6


def test_each_links_to_the_other() -> None:
    assert "](vi/tutorial.md)" in ENGLISH.read_text("utf-8")
    assert "](../tutorial.md)" in VIETNAMESE.read_text("utf-8")


@pytest.mark.parametrize("index", range(len(headings(ENGLISH))))
def test_a_section_has_the_same_parts(index: int) -> None:
    """As many paragraphs, list items and rows of a table in the same order, and the same words of code."""

    def shape(section: str) -> list[str]:
        blocks = [block for block in re.split(r"\n\s*\n|\n(?=- )", section.strip()) if block.strip()]
        return [
            f"table {block.count(chr(10))}"
            if block.startswith("|")
            else next((name for mark, name in KINDS.items() if block.lstrip().startswith(mark)), "paragraph")
            for block in blocks
        ]

    english, vietnamese = sections(ENGLISH)[index], sections(VIETNAMESE)[index]
    assert shape(vietnamese) == shape(english)
    assert sorted(re.findall(r"`[^`\n]+`", vietnamese)) == sorted(re.findall(r"`[^`\n]+`", english))


KINDS = {"```": "code", "![": "figure", "*": "caption", "- ": "item", "[": "link"}
