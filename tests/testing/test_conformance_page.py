"""docs/conformance.md is what the checks say now, and names each of them."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from ganzoo.plugins.discovery import kinds
from ganzoo.testing.suites import suite_of

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_the_page_is_what_the_checks_say() -> None:
    spec = importlib.util.spec_from_file_location("generate_conformance", DOCS / "generate_conformance.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    page = (DOCS / "conformance.md").read_text("utf-8")

    assert page == module.conformance_page(), "run: python docs/generate_conformance.py"


@pytest.mark.parametrize("kind", kinds())
def test_every_check_is_on_the_page(kind: str) -> None:
    page = (DOCS / "conformance.md").read_text("utf-8")
    assert f"\n## {kind.capitalize()}\n" in page
    assert [check.name for check in suite_of(kind).checks if f"\n| `{check.name}` | " not in page] == []
