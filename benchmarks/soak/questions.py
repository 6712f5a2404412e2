"""What the playground is asked by whoever means no good, and whether its answer will do."""

from __future__ import annotations

import time
from typing import Final

from benchmarks.soak.visitor import Answer, Server

PATIENCE: Final = 5.0
"""Seconds within which an ordinary visit has to be answered."""

FORBIDDEN: Final = (b"traceback", b"/etc/passwd:", b"root:x:")
"""What no answer may hold."""

NUMBERS: Final = (
    "-1", "0", "65", "1e3", "NaN", "inf", "-inf", "1.5", "9" * 30, "9" * 5000, "", " ", "0x10", "²", "१",
    "\0", "\u202e", "None", "[]", "../../etc/passwd", "<script>", "' OR 1=1", "%", "%00", "1;2", "true", "😀",
)  # fmt: skip
"""What takes the place of numbers in questions."""

PATHS: Final = (
    "/etc/passwd", "//etc/passwd", "/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/..%2f..%2fetc/passwd",
    "/play.js/", "/assets/play.js", "/%00", "/%ff%fe", "/api", "/api/", "/api/images/", "/API/images",
    "/docs", "/openapi.json", "http://evil.example/api/generator", "*", "/" + "a" * 100_000,
)  # fmt: skip
"""Where nothing is."""

HOSTS: Final = (
    "evil.example", "localhost.evil.example", "127.0.0.1.evil.example:8000", "127.0.0.1@evil.example",
    "[::2]", "0.0.0.0", "", "127.0.0.1:x", "127.0.0.1, evil.example", "localhost evil.example",
    "[localhost]x", ":8000", "127.0.0.1:", "\xff",
)  # fmt: skip
"""Names by which nobody knows the server."""

ORIGINS: Final = ("http://evil.example", "null", "https://127.0.0.1", "http://127.0.0.1.evil.example", "")
"""Sites that the page is not of."""


def visited(server: Server) -> str | None:
    """Whether an ordinary visit is answered at once."""
    began = time.monotonic()
    try:
        answer = server.ask("/api/images?num=1", timeout=PATIENCE)
    except OSError as error:
        return f"an ordinary visit failed: {error!r}"
    if answer.status != 200:
        return f"an ordinary visit got {answer.status}: {answer.body[:100]!r}"
    seconds = time.monotonic() - began
    return None if seconds < PATIENCE else f"an ordinary visit took {seconds:.1f} s"


def refused(answer: Answer, statuses: tuple[int, ...], what: str) -> str | None:
    """Whether an answer is one of those expected, says nothing that it may not say, and has its headers."""
    if answer.status not in statuses:
        return f"{what} got {answer.status} {answer.body[:100]!r}"
    if any(words in (answer.head + answer.body).lower() for words in FORBIDDEN):
        return f"{what} got {answer.body[:300]!r}"
    if answer.status not in (0, 400) and b"x-content-type-options: nosniff" not in answer.head:
        return f"{what} got an answer without its headers"
    return None
