"""The streams of a command: stdout is data, which has to arrive; what stderr can't take is let go."""

from __future__ import annotations

import errno
import io
import os
import sys
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

REFUSALS: Final = (errno.EBADF, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.ENOSPC)
"""What a stream answers with that leads to a full or broken disk, or nowhere."""


def secure() -> None:
    """Sees to it that no training dies because nobody reads what it says.

    A stream that was closed by who started the command leads nowhere: otherwise a file of the run would get
    its number, and what torch says would be written into that.
    """
    for number, name in ((1, "stdout"), (2, "stderr")):
        if getattr(sys, name) is None:
            let_go(number)
            setattr(sys, name, os.fdopen(number, "w", encoding="utf-8", closefd=False))
    stderr = sys.stderr
    if isinstance(stderr, io.TextIOWrapper) and _is_descriptor(stderr, 2):
        buffer = io.BufferedWriter(_Unheeded(2, "w", closefd=False))
        sys.stderr = io.TextIOWrapper(buffer, stderr.encoding, stderr.errors, line_buffering=True)


def let_go(number: int) -> None:
    """Has a descriptor lead nowhere: what is still to be written to it is lost."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    if nowhere != number:
        os.dup2(nowhere, number)
        os.close(nowhere)


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
