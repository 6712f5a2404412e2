"""mypy as a plugin's author and a user run it: right code passes, every mistake is found at its line."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

import ganzoo

FOLDER = Path(__file__).parent

_ERROR = re.compile(r"^(?P<file>[^:]+):(?P<line>\d+): error: .*\[(?P<code>[\w-]+)\]$", re.MULTILINE)

Found = dict[str, dict[int, list[str]]]
"""File name to line to the codes of the errors there, sorted."""


@pytest.fixture(scope="module")
def found(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Found:
    """What strict mypy says of the files beside this one."""
    # The cache holds what mypy knows of torch, which takes it most of a minute.
    kept = getattr(pytestconfig, "cache", None)
    cache = kept.mkdir("mypy") if kept else tmp_path_factory.mktemp("cache")
    files = sorted(FOLDER.glob("right_*.py")) + sorted(FOLDER.glob("wrong_*.py"))
    done = subprocess.run(
        [
            *(sys.executable, "-m", "mypy", "--strict", "--warn-unreachable", "--config-file", ""),
            *("--no-pretty", "--no-error-summary", "--cache-dir", cache, *(file.name for file in files)),
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=FOLDER,
    )
    assert done.returncode in (0, 1), done.stdout + done.stderr
    errors: Found = defaultdict(lambda: defaultdict(list))
    for match in _ERROR.finditer(done.stdout):
        errors[match["file"]][int(match["line"])].append(match["code"])
    return {file: {n: sorted(codes) for n, codes in lines.items()} for file, lines in errors.items()}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["right_plugins.py", "right_use.py"])
def test_right_code_passes(found: Found, name: str) -> None:
    assert found.get(name, {}) == {}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["wrong_plugins.py", "wrong_use.py"])
def test_every_mistake_is_found_and_nothing_else(found: Found, name: str) -> None:
    promised = {
        number: sorted(code.strip() for code in line.partition("  # E: ")[2].split(","))
        for number, line in enumerate((FOLDER / name).read_text("utf-8").splitlines(), start=1)
        if "  # E: " in line
    }
    assert len(promised) > 10
    assert found.get(name, {}) == promised


def test_the_core_and_the_official_plugins_are_typed() -> None:
    package = Path(ganzoo.__file__).parent
    assert (package / "py.typed").is_file()
    folders = [path for path in (package.parent / "plugins").glob("*/ganzoo_*") if path.is_dir()]
    assert folders
    assert [str(folder) for folder in folders if not (folder / "py.typed").is_file()] == []
