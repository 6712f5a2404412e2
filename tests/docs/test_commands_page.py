"""The generated pages are those that the code makes now; links resolve; nothing is left out."""

from __future__ import annotations

import dataclasses
import importlib.util
import re
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from ganzoo.cli import COMMANDS
from ganzoo.plugins import discovery, lookup
from ganzoo.settings.run import RunSettings
from ganzoo.settings.training import TrainingSettings

REPOSITORY = Path(__file__).resolve().parents[2]
DOCS = REPOSITORY / "docs"
PAGES = sorted(DOCS.glob("**/*.md"))

PLUGINS = [
    (kind, name)
    for path in sorted(REPOSITORY.glob("plugins/*/pyproject.toml"))
    for kind, names in tomllib.loads(path.read_text("utf-8"))["project"].get("entry-points", {}).items()
    for name in names
]

README = (REPOSITORY / "README.md").read_text(encoding="utf-8")

MODELS = [name for kind, name in PLUGINS if kind == "ganzoo.models"]


def generator(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, DOCS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_commands_page_is_what_the_commands_say() -> None:
    page = generator("generate_commands").commands_page()
    assert (DOCS / "commands.md").read_text("utf-8") == page, "run: python docs/generate_commands.py"


def test_the_settings_page_is_what_the_cards_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GANZOO_PLUGINS", raising=False)
    page = generator("generate_settings").settings_page()
    assert (DOCS / "settings.md").read_text("utf-8") == page, "run: python docs/generate_settings.py"


def test_the_gallery_shows_the_official_weights_as_their_cards_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GANZOO_PLUGINS", raising=False)
    gallery = generator("generate_gallery")
    for path, rows in ((gallery.GALLERY, gallery.gallery_rows), (gallery.RESULTS, gallery.result_rows)):
        assert path.read_text("utf-8") == gallery.page(path, rows), "run: python docs/generate_gallery.py"
    for place, picture in gallery.pictures().items():
        assert place.read_bytes() == picture.read_bytes(), "run: python docs/generate_gallery.py"


def test_the_directory_of_plugins_is_what_the_packages_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GANZOO_PLUGINS", raising=False)
    page = (DOCS / "plugins.md").read_text("utf-8")
    assert page == generator("generate_plugins").plugins_page(), "run: python docs/generate_plugins.py"
    missing = [plugin for _, plugin in PLUGINS if f":{plugin}` | " not in page]
    assert not missing


def test_the_page_of_differences_is_what_the_cards_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GANZOO_PLUGINS", raising=False)
    monkeypatch.syspath_prepend(DOCS)
    page = generator("generate_differences").differences_page()
    assert (DOCS / "differences.md").read_text("utf-8") == page, "run: python docs/generate_differences.py"


@pytest.mark.parametrize("name", MODELS)
def test_every_official_model_says_where_it_differs(name: str) -> None:
    _, _, rest = (DOCS / "differences.md").read_text("utf-8").partition(f"\n## {name}\n")
    assert rest.startswith("\n| here | there | why |\n| --- | --- | --- |\n| "), name


@pytest.mark.parametrize("name", MODELS)
def test_every_official_model_is_compared_with_released_code_or_it_says_why_not(name: str) -> None:
    rows = re.findall(
        rf"^\| `{name}`[^|]*\| ([^|]+) \|", (DOCS / "released-code.md").read_text("utf-8"), re.MULTILINE
    )
    assert len(rows) == 1


@pytest.mark.parametrize("name", MODELS)
def test_published_results_are_in_the_table_of_architectures(name: str) -> None:
    published = discovery.card(lookup.find("model", name)).attributes.get("published", {})
    rows = re.findall(
        rf"^\| `{name}` \| (\d.*)$", (DOCS / "architectures.md").read_text("utf-8"), re.MULTILINE
    )
    shown = {cell.strip() for row in rows for cell in row.split("|")}
    assert {f"{value:.2f}" for value, _ in published.values()} <= shown


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_the_commands_page_shows_what_help_prints(
    ganzoo: Any, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    result = ganzoo(*command.split(), "--help")
    assert result.code == 0
    printed = result.out
    title = f"ganzoo {command}".strip()
    assert f"## {title}\n\n```text\n{printed}```\n" in (DOCS / "commands.md").read_text("utf-8")


@pytest.mark.parametrize(("kind", "name"), PLUGINS)
def test_every_official_plugin_is_documented(kind: str, name: str) -> None:
    assert re.search(rf"^### {re.escape(name)}$", (DOCS / "settings.md").read_text("utf-8"), re.MULTILINE)


@pytest.mark.parametrize(
    ("position", "section", "setting"),
    [
        (position, section, field.name)
        for position, section, settings in ((1, "training", TrainingSettings), (2, "run", RunSettings))
        for field in dataclasses.fields(settings)
    ],
)
def test_every_setting_of_a_training_and_a_run_is_documented(
    position: int, section: str, setting: str
) -> None:
    documented = (DOCS / "settings.md").read_text("utf-8").split("\n## ")[position]
    assert documented.startswith(f"{section}\n")
    assert f"\n| `{setting}` |" in documented


def anchors_of(page: Path) -> set[str]:
    """The anchors that GitHub gives to the headings of a page."""
    text = re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    headings = re.findall(r"^#+ +(.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def links_of(page: Path) -> list[str]:
    text = re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    return [link for link in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in link]


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(page, id=str(page.relative_to(REPOSITORY)))
        for page in [*PAGES, REPOSITORY / "README.md", *sorted(REPOSITORY.glob("examples/*/README.md"))]
    ],
)
def test_links_resolve(page: Path) -> None:
    for link in links_of(page):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{link}: there is no {target}"
        assert not anchor or anchor in anchors_of(target), f"{link}: no such heading in {target.name}"


def test_the_index_lists_every_page() -> None:
    linked = {(DOCS / link.partition("#")[0]).resolve() for link in links_of(DOCS / "index.md")}
    assert set(PAGES) - {DOCS / "index.md"} <= linked


def test_decisions_are_numbered_without_gaps() -> None:
    numbers = [int(path.name[:4]) for path in sorted(DOCS.glob("decisions/*.md"))]
    assert numbers == list(range(1, len(numbers) + 1))


def test_the_readme_names_every_official_plugin_and_begins_with_weights() -> None:
    table = [line for line in README.splitlines() if line.startswith("| ")]
    named = {name for line in table for name in re.findall(r"`([a-z0-9.-]+)`", line)}
    assert {name for kind, name in PLUGINS if kind != "ganzoo.weights"} - named == set()
    assert any(kind == "ganzoo.weights" and f"ganzoo sample {name}" in README for kind, name in PLUGINS)
