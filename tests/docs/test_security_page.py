"""The page on security: each test that it says to hold a promise exists."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_each_test_that_holds_a_promise_exists() -> None:
    text = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    rows = text.partition("## Which test holds which promise")[2].partition("\n## ")[0]
    named = 0
    for row in rows.splitlines():
        file = None
        for name in re.findall(r"`((?:tests|plugins)/[^`]+|test_\w+)`", row):
            path, _, test = name.rpartition("::") if "::" in name else (name, "", "")
            if path.startswith("test_"):
                path, test = "", path
            file = ROOT / path if path else file
            assert file is not None, row
            assert file.is_file(), row
            assert not test or f"def {test}(" in file.read_text(encoding="utf-8"), name
            named += 1
    assert named >= 25
