"""The streams of a command: stdout is data, which has to arrive; stderr may be lost; colours and width."""

from __future__ import annotations

import io
import os
import re
import shutil
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from typing import IO, TYPE_CHECKING, Final

from ganzoo.errors import GanzooError

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


@contextmanager
def own_stdout() -> Iterator[None]:
    """Sends to stderr what plugins print meanwhile, so that stdout holds the command's own answer alone."""
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        with redirect_stdout(sys.stderr):
            yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)


_COMMAND: Final = re.compile(r"\b(ganzoo|pip|torchrun|python) [-a-z]")
"""What is to be typed next: it stays in one piece, to be copied."""


def between_words(text: str, stream: IO[str]) -> str:
    """Sentences for a terminal, whose long lines are wrapped between words; as they are for anything else.

    Args:
        text: what is said; lines with a command stay whole.
        stream: where it is said.
    """
    if not stream.isatty():
        return text
    width = _width(stream)
    return "\n".join(
        line
        if len(line) <= width or _COMMAND.search(line)
        else textwrap.fill(line, max(width, 1), break_long_words=False, break_on_hyphens=False)
        for line in text.split("\n")
    )


def _width(stream: IO[str]) -> int:
    if "COLUMNS" not in os.environ:
        try:
            return os.get_terminal_size(stream.fileno()).columns or 80
        except (OSError, ValueError):  # one that stands in for it
            pass
    return shutil.get_terminal_size().columns


def wants_no_colour() -> bool:
    """Whether colours and bold are left out: as `NO_COLOR` asks (no-color.org), or a dumb terminal does."""
    return bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"


def require_open() -> None:
    """Refuses to begin where standard output is closed, and lets no command die of what stderr can't take.

    A descriptor that was closed by who started the command leads nowhere from now on: otherwise the next file
    that is opened would get its number, and be written into.

    Raises:
        GanzooError: standard output is closed.
    """
    has_output = sys.stdout is not None
    for number, name in ((1, "stdout"), (2, "stderr")):
        if getattr(sys, name) is None:
            let_go(number)
            setattr(sys, name, os.fdopen(number, "w", encoding="utf-8", closefd=False))
    stderr = sys.stderr
    if isinstance(stderr, io.TextIOWrapper) and _is_descriptor(stderr, 2):
        buffer = io.BufferedWriter(_Unheeded(2, "w", closefd=False))
        sys.stderr = io.TextIOWrapper(buffer, stderr.encoding, stderr.errors, line_buffering=True)
    if not has_output:
        raise GanzooError(
            "standard output is closed, and what a command prints would be lost; send it to a file, or to "
            f"{os.devnull}"
        )


def let_go(number: int) -> None:
    """Has a descriptor lead nowhere: what is still to be written to it is lost."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    if nowhere != number:
        os.dup2(nowhere, number)
        os.close(nowhere)


def failure(stream: IO[str]) -> OSError | None:
    """Why a stream can't be written, where it can't. It is silenced then: Python would complain of it."""
    try:
        stream.write("\n")
        stream.flush()
    except OSError as error:
        let_go(stream.fileno())
        return error
    return None


class _Unheeded(io.FileIO):
    """A stream that takes everything, whether it arrives or not."""

    def write(self, data: ReadableBuffer, /) -> int:
        """Writes what it can."""
        try:
            return super().write(data)
        except OSError:
            return memoryview(data).nbytes


def _is_descriptor(stream: io.TextIOWrapper, number: int) -> bool:
    try:
        return stream.fileno() == number
    except (OSError, ValueError):  # one that stands in for it has none
        return False
