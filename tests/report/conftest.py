"""Runs to report on, tiny ones that were trained and forged ones, and the pages about them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from ganzoo.cli import main

TRAIN = [
    "--dataset", "digits", "--max-steps", "6", "--batch-size", "16", "--set", "model.channels=4",
    "--set", "run.log_every=1", "--sample-every", "2", "--device", "cpu",
]  # fmt: skip


def trained(folder: Path, model: str, name: str, *more: str) -> Path:
    with pytest.raises(SystemExit) as stopped:
        main(["train", model, *TRAIN, *more, "--out", str(folder / name)])
    assert stopped.value.code == 0
    return folder / name


@pytest.fixture(scope="session")
def real_runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the runs `conditional`, `another` (other settings) and `unconditional`."""
    folder = tmp_path_factory.mktemp("runs")
    trained(folder, "cgan", "conditional")
    trained(folder, "cgan", "another", "--learning-rate", "0.001", "--max-steps", "4")
    trained(folder, "dcgan", "unconditional")
    return folder


@pytest.fixture
def forged(real_runs: Path, tmp_path: Path) -> Callable[..., Path]:
    """Copies a real run and changes what it says: lines of metrics, settings, environment."""

    def forge(
        name: str = "forged",
        lines: list[Mapping[str, Any]] | None = None,
        settings: Mapping[str, Mapping[str, Any]] | None = None,
        environment: Any = None,
    ) -> Path:
        run = tmp_path / name
        shutil.copytree(real_runs / "conditional", run)
        if lines is not None:
            (run / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
        configuration = json.loads((run / "config.json").read_text())
        for section, table in (settings or {}).items():
            configuration.setdefault(section, {}).update(table)
        (run / "config.json").write_text(json.dumps(configuration))
        if environment is not None:
            (run / "env.json").write_text(json.dumps(environment))
        return run

    return forge


class Page(HTMLParser):
    """The elements of a page, with the text of some."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.rows: list[tuple[dict[str, str | None], list[str]]] = []
        self._inside: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._inside.append(tag)
        if tag == "script":
            self.scripts.append("")
        elif tag == "tr":
            self.rows.append((dict(attrs), []))
        elif tag in ("td", "th") and self.rows:
            self.rows[-1][1].append("")

    def handle_endtag(self, tag: str) -> None:
        while self._inside and self._inside.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if "script" in self._inside:
            self.scripts[-1] += data
        elif {"td", "th"} & set(self._inside):
            self.rows[-1][1][-1] += data

    def attributes(self, tag: str) -> Iterator[dict[str, str | None]]:
        return (attributes for name, attributes in self.elements if name == tag)

    @property
    def charts(self) -> list[dict]:
        return json.loads(self.scripts[0])

    def cells(self, name: str) -> tuple[dict[str, str | None], list[str]]:
        """The row that starts so, and its other cells."""
        for attributes, cells in self.rows:
            if cells and cells[0].split() and cells[0].split()[0] == name:
                return attributes, cells[1:]
        raise AssertionError(f"no row {name}")


@pytest.fixture
def report() -> Callable[..., None]:
    """Runs `ganzoo report` and expects its exit code."""

    def run(*arguments: object, code: int = 0) -> None:
        with pytest.raises(SystemExit) as stopped:
            main(["report", *map(str, arguments)])
        assert stopped.value.code == code

    return run


@pytest.fixture
def page_of(report: Callable[..., None]) -> Callable[..., Page]:
    """Writes the page about some runs into a folder, and reads it."""

    def make(folder: Path, *arguments: object) -> Page:
        report(*arguments, "--out", folder / "page.html")
        return Page((folder / "page.html").read_text(encoding="utf-8"))

    return make
