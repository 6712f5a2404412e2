"""timm's hub without a network: its client would try ten times, for a minute, what can't be reached."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit
from urllib.request import getproxies

from huggingface_hub import constants


@contextmanager
def without_vain_retries() -> Iterator[None]:
    """Has the hub's client look at its cache alone, where the hub's name can't be resolved."""
    before = constants.HF_HUB_OFFLINE
    constants.HF_HUB_OFFLINE = before or not _is_known()
    try:
        yield
    finally:
        constants.HF_HUB_OFFLINE = before


def _is_known() -> bool:
    """Whether the hub's name has an address, or a proxy is there to find one."""
    if getproxies():
        return True
    try:
        return bool(socket.getaddrinfo(urlsplit(constants.ENDPOINT).hostname, 443))
    except OSError:
        return False
