"""The pictures of the documentation are those that the code draws now."""

from __future__ import annotations

import importlib.metadata
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

REPOSITORY = Path(__file__).resolve().parents[2]
IMAGES = REPOSITORY / "docs" / "images"


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    pytest.importorskip("matplotlib", reason="the extra 'plots' is not installed")
    folder = tmp_path_factory.mktemp("pictures")
    subprocess.run(
        [sys.executable, str(REPOSITORY / "docs" / "pictures" / "draw.py"), "--out", str(folder)],
        check=True,
        capture_output=True,
        timeout=300,
    )
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_every_picture_is_shown_by_a_tutorial(drawn: dict[str, bytes]) -> None:
    pages = [page.read_text("utf-8") for page in sorted((REPOSITORY / "docs").glob("tutorial*.md"))]
    shown = [name for page in pages for name in re.findall(r"\(images/([\w-]+\.svg)\)", page)]
    assert sorted(shown) == sorted(drawn)


def test_the_committed_pictures_are_what_the_code_draws(drawn: dict[str, bytes]) -> None:
    pinned = re.search(
        r"^matplotlib==(\S+)$", (REPOSITORY / "constraints.txt").read_text("utf-8"), re.MULTILINE
    )
    assert pinned is not None
    if importlib.metadata.version("matplotlib") != pinned[1]:
        pytest.skip(f"the committed pictures were drawn with matplotlib {pinned[1]}")
    for name, content in drawn.items():
        assert (IMAGES / name).read_bytes() == content, f"{name} is old; run: python docs/pictures/draw.py"
