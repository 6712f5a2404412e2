"""The documentation site builds without a warning, loads nothing from elsewhere, and shows every page."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
DOCS = REPOSITORY / "docs"

pytest.importorskip("material", reason="the extra 'docs' is not installed")


def build(repository: Path, site: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(site)],
        cwd=repository,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        timeout=300,
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    built = build(REPOSITORY, folder)
    assert built.returncode == 0, built.stderr
    return folder


@pytest.fixture(scope="module")
def hooks() -> ModuleType:
    spec = importlib.util.spec_from_file_location("site_hooks", DOCS / "site_hooks.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Loaded(HTMLParser):
    """Collects what a browser fetches by itself when it shows a page; links are not among it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.language: str | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "html":
            self.language = values.get("lang")
        fetched = [values.get("src"), values.get("srcset"), values.get("data")]
        if tag == "link" and values.get("rel") not in ("canonical", "prev", "next"):
            fetched.append(values.get("href"))
        self.addresses += [address for address in fetched if address]


def test_every_page_of_docs_is_in_the_site(site: Path) -> None:
    for page in DOCS.glob("**/*.md"):
        assert (site / page.relative_to(DOCS)).with_suffix(".html").exists(), page


def test_nothing_is_loaded_from_elsewhere(site: Path) -> None:
    pages = list(site.glob("**/*.html"))
    assert len(pages) > 20
    for page in pages:
        for address in Loaded(page.read_text("utf-8")).addresses:
            assert not re.match(r"(?:\w+:)?//", address), f"{page.relative_to(site)} loads {address}"
    for style in site.glob("**/*.css"):
        assert not re.search(r"(?:url\(|@import )[\"']?(?:https?:)?//", style.read_text("utf-8")), style


def test_a_page_says_its_language(site: Path) -> None:
    assert Loaded((site / "tutorial.html").read_text("utf-8")).language == "en"
    assert Loaded((site / "vi/tutorial.html").read_text("utf-8")).language == "vi"


def test_every_fence_became_a_block_of_code(site: Path) -> None:
    for page in site.glob("**/*.html"):
        assert "```" not in re.sub(r"<code>.*?</code>", "", page.read_text("utf-8"), flags=re.DOTALL), page


MISTAKES = {
    "security.md": ("\n[no page](nowhere.md)\n", "nowhere.md"),
    "gallery.md": ("\n[no heading](concepts.md#nothing-of-this-name)\n", "nothing-of-this-name"),
    "tutorial.md": ("\n![no picture](images/nothing.svg)\n", "nothing.svg"),
    "left-out.md": ("# In no navigation\n", "left-out.md"),
}


@pytest.mark.slow
def test_mistakes_in_pages_fail_the_build(tmp_path: Path) -> None:
    shutil.copytree(DOCS, tmp_path / "docs", ignore=shutil.ignore_patterns("__pycache__"))
    for path in ("mkdocs.yml", "benchmarks/RESULTS.md", "examples/ganzoo-self-attention/README.md"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(REPOSITORY / path, tmp_path / path)
    for name, (wrong, _) in MISTAKES.items():
        with (tmp_path / "docs" / name).open("a", encoding="utf-8") as page:
            page.write(wrong)
    built = build(tmp_path, tmp_path / "site")
    assert built.returncode != 0
    for _, complaint in MISTAKES.values():
        assert f"{complaint}\n" in built.stderr or f"{complaint}'" in built.stderr, built.stderr


@pytest.mark.parametrize(
    ("fence", "expected"),
    [
        ("```python\n1\n```", "```python\n1\n```"),
        ("```python no-run\n1\n```", "```python\n1\n```"),
        ("```console exit=2\n$ x\n```", "```console\n$ x\n```"),
        ("```toml file=a/b.toml\n[x]\n```", '```toml title="a/b.toml"\n[x]\n```'),
        ("```text\n```python no-run\n```", "```text\n```python no-run\n```"),
    ],
)
def test_options_of_the_tests_are_no_markdown(hooks: ModuleType, fence: str, expected: str) -> None:
    assert hooks.fence_without_options(fence) == expected


@pytest.mark.parametrize(
    ("source", "link", "expected"),
    [
        ("index.md", "concepts.md#cards", "concepts.md#cards"),
        ("index.md", "../benchmarks/RESULTS.md", "benchmarks/RESULTS.md"),
        ("vi/tutorial.md", "../tutorial.md", "../tutorial.md"),
        ("how-to/resume.md", "../../benchmarks/RESULTS.md#resuming", "../benchmarks/RESULTS.md#resuming"),
        ("benchmarks/RESULTS.md", "../docs/images/dcgan.png", "../images/dcgan.png"),
        ("examples/ganzoo-self-attention/README.md", "../../README.md", "../../index.md"),
        ("index.md", "https://arxiv.org/abs/1511.06434", "https://arxiv.org/abs/1511.06434"),
        ("index.md", "#here", "#here"),
    ],
)
def test_links_of_the_repository_hold_in_the_site(
    hooks: ModuleType, source: str, link: str, expected: str
) -> None:
    assert hooks.links_within_site(f"[text]({link})", source) == f"[text]({expected})"
