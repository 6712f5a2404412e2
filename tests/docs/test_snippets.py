"""Runs what the documentation shows: docs/, README.md and the README.md of every example.

The blocks of a page run one after another in one temporary folder, which for an example is a copy of
the example. A fence's first line says what happens to its block:

```python            Runs; a page has one namespace. A comment after `print(...)` is what it prints;
                     several lines are the comments right below it.
```console           Every line `$ ganzoo ...` runs. The lines below it are lines of its output, in that
                     order; a line `...` stands for any others.
```console exit=2    The same, where the commands exit with that code instead of 0.
```console max-steps=4
                     The same, where `--max-steps 4` is added to each command: a long training made short.
```console no-run    Only shown: downloads, long trainings, other programs than ganzoo.
```toml file=a.toml  Written to that file. Python that belongs in a file of its own, likewise.
```text              Only shown, as any other block is.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ganzoo.cli import main

pytestmark = pytest.mark.slow

REPOSITORY = Path(__file__).resolve().parents[2]

PAGES = sorted(
    [
        *REPOSITORY.glob("docs/**/*.md"),
        *REPOSITORY.glob("README.md"),
        *REPOSITORY.glob("examples/*/README.md"),
    ]
)

_FENCE = re.compile(r"^```(?P<info>[^`\n]*)\n(?P<body>.*?)^```[ \t]*$", re.MULTILINE | re.DOTALL)
_PROMISED_PRINT = re.compile(r"^ *print\(.*\)(?:  # (?P<line>.+)|(?P<lines>(?:\n# .+)+))$", re.MULTILINE)
_OPTIONS = {"python": {"file", "no-run"}, "console": {"exit", "max-steps", "no-run"}}


@dataclass(frozen=True)
class Block:
    """One fenced block of a page."""

    where: str
    language: str
    options: dict[str, str]
    body: str

    @property
    def runs(self) -> bool:
        return self.language in _OPTIONS and not self.options.keys() & {"no-run", "file"}


def blocks_of(text: str, page: str) -> Iterator[Block]:
    for match in _FENCE.finditer(text):
        language, *words = match["info"].split() or [""]
        options = {name: value for name, _, value in (word.partition("=") for word in words)}
        where = f"{page}:{text[: match.start()].count(chr(10)) + 2}"
        unknown = options.keys() - _OPTIONS.get(language, {"file"})
        assert not unknown, f"{where}: a {language} block has no option {', '.join(unknown)}"
        yield Block(where, language, options, match["body"])


def run_page(text: str, page: str, folder: Path) -> None:
    """Runs the blocks of a page in a folder, which has to be the current one."""
    namespace: dict[str, Any] = {"__name__": "snippets"}
    for block in blocks_of(text, page):
        if "file" in block.options:
            path = folder / block.options["file"]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.body, encoding="utf-8")
        elif block.runs and block.language == "python":
            run_python(block, namespace)
        elif block.runs:
            for command, promised in commands_of(block):
                run_command(block, command, promised)


def run_python(block: Block, namespace: dict[str, Any]) -> None:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(block.body, block.where, "exec"), namespace)
    promised = [
        line.removeprefix("# ")
        for match in _PROMISED_PRINT.finditer(block.body)
        for line in (match["line"] or match["lines"].strip()).splitlines()
    ]
    if promised:
        assert printed.getvalue().splitlines() == promised, f"{block.where} prints something else"


def commands_of(block: Block) -> Iterator[tuple[str, list[str]]]:
    """Yields each command and the lines of output below it."""
    lines = block.body.replace("\\\n", " ").splitlines()
    starts = [index for index, line in enumerate(lines) if line.startswith("$ ")]
    assert starts, f"{block.where}: a console block has lines that start with '$ '"
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        yield lines[start].removeprefix("$ "), [line for line in lines[start + 1 : end] if line.strip()]


def run_command(block: Block, command: str, promised: list[str]) -> None:
    words = shlex.split(command)
    variables = {}
    while "=" in words[0]:
        name, _, variables[name] = words.pop(0).partition("=")
    assert words[0] == "ganzoo", f"{block.where}: only ganzoo runs here, not {words[0]!r}; write 'no-run'"
    if "max-steps" in block.options:
        words += ["--max-steps", block.options["max-steps"]]
    output = io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in variables.items():
            patch.setenv(name, value)
        with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
            exit_code = run_ganzoo(words[1:])
    printed = output.getvalue()
    expected = int(block.options.get("exit", 0))
    assert exit_code == expected, f"{block.where}: {command} exits with {exit_code}\n{printed}"
    require_lines(promised, printed, f"{block.where}: {command}")


def run_ganzoo(arguments: list[str]) -> object:
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    return stopped.value.code


def require_lines(promised: list[str], printed: str, where: str) -> None:
    """Checks that the promised lines occur one after another, with others between only at `...`."""
    actual = [line.rstrip() for line in printed.splitlines() if line.strip()]
    # In a regular expression `...` is any number of whole lines.
    pattern = "".join(
        r"(?:.*\n)*?" if line.strip() == "..." else re.escape(line.rstrip()) + r"\n" for line in promised
    )
    found = re.search(rf"^{pattern}", "".join(f"{line}\n" for line in actual), re.MULTILINE)
    assert found, f"{where} prints something else than the page says:\n{printed}"


def runnable(page: Path) -> bool:
    text = page.read_text(encoding="utf-8")
    return any(block.runs for block in blocks_of(text, page.name))


@pytest.mark.parametrize(
    "page",
    [pytest.param(page, id=str(page.relative_to(REPOSITORY))) for page in PAGES if runnable(page)],
)
def test_page_does_what_it_shows(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "page"
    if page.parent.parent == REPOSITORY / "examples":
        shutil.copytree(page.parent, folder, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("GANZOO_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("GANZOO_PLUGINS", raising=False)
    run_page(page.read_text(encoding="utf-8"), str(page.relative_to(REPOSITORY)), folder)


@pytest.mark.parametrize("name", ["docs/plugin-guide.md", "docs/concepts.md"])
def test_the_main_pages_have_something_to_run(name: str) -> None:
    assert runnable(REPOSITORY / name)


WRONG_PAGES = {
    "an exception": "```python\n1 / 0\n```\n",
    "another print": "```python\nprint(1 + 1)  # 3\n```\n",
    "another print of two lines": "```python\nprint(1, 2, sep='\\n')\n# 1\n# 3\n```\n",
    "a line too many": "```python\nprint(1)\n# 1\n# 2\n```\n",
    "no such command": "```console\n$ ganzoo lits\n```\n",
    "another exit code": "```console exit=3\n$ ganzoo lits\n```\n",
    "another output": "```console\n$ ganzoo list upsampling\nupsampling: halves height and width\n```\n",
    "output in another order": "```console\n$ ganzoo list\nobjective: the losses of the two players\n...\n"
    "model: an architecture: generator, discriminator and recipe\n```\n",
    "output with a line left out": "```console\n$ ganzoo list objective\nobjective: the losses of the two "
    "players\n  nothing\n```\n",
    "another program": "```console\n$ pip install ganzoo-torch\n```\n",
    "an unknown option": "```console norun\n$ ganzoo list\n```\n",
    "no command": "```console\nganzoo list\n```\n",
}


@pytest.mark.parametrize("text", WRONG_PAGES.values(), ids=WRONG_PAGES.keys())
def test_a_wrong_page_is_noticed(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises((AssertionError, ZeroDivisionError)):
        run_page(text, "wrong.md", tmp_path)


def test_a_right_page_passes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    before = dict(os.environ)
    run_page(
        "```toml file=folder/run.toml\n[model]\n```\n"
        "```python\nvalue = 2\n```\n"
        "```python\nprint(value)  # 2\n```\n"
        "```python\nprint(value, 3, sep='\\n')\n# 2\n# 3\n```\n"
        "```console\n$ GANZOO_PLUGINS=ganzoo-objectives ganzoo list\n"
        "objective: the losses of the two players\n...\n"
        "$ ganzoo list upsampling\nupsampling: doubles height and width\n```\n"
        "```console exit=2\n$ ganzoo lits\n"
        "error: there is no command 'lits'; did you mean 'list'?\n...\n```\n"
        "```console no-run\n$ rm -r everything\n```\n"
        "```text\n$ rm -r everything\n```\n",
        "right.md",
        tmp_path,
    )
    assert (tmp_path / "folder" / "run.toml").read_text(encoding="utf-8") == "[model]\n"
    assert os.environ == before
