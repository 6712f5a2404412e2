"""What can't be kept in the cache: a training goes on without it, and `ganzoo data prepare` does not."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from ganzoo.errors import GanzooError
from ganzoo.files import cache_folder

logger = logging.getLogger("ganzoo.datasets")

_MUST_KEEP: Final = ContextVar("must keep", default=False)


@contextmanager
def must_keep() -> Iterator[None]:
    """Has a cache that can't be written end the reading meanwhile."""
    token = _MUST_KEEP.set(True)
    try:
        yield
    finally:
        _MUST_KEEP.reset(token)


def not_kept(what: str, error: Exception, level: int = logging.WARNING) -> None:
    """Says that something isn't kept, and that the next start makes it anew.

    Args:
        what: "the decoded images are"; completes "... not kept".
        error: why.
        level: of the log.

    Raises:
        GanzooError: under `must_keep`.
    """
    if _MUST_KEEP.get():
        raise GanzooError(
            f"{what} not kept in {cache_folder()}: {error}\n"
            "free some space there, or set GANZOO_CACHE to another folder"
        ) from error
    logger.log(level, "%s not kept, and the next start makes them anew: %s", what, error)
