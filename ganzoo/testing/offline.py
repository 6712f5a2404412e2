"""Keeps checks from downloading what nobody asked for."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn


class WouldDownload(BaseException):
    """Something looks for a host in the network; not an Exception, so that nobody tries again."""


@contextmanager
def offline() -> Iterator[None]:
    """Raises `WouldDownload` where anything in this process looks for a host's address."""
    search = socket.getaddrinfo
    socket.getaddrinfo = _refuse
    try:
        yield
    finally:
        socket.getaddrinfo = search


def _refuse(host: Any, *_: Any, **__: Any) -> NoReturn:
    raise WouldDownload(
        f"its data or weights are not here: it asks {host} for them, and nothing is downloaded"
    )
