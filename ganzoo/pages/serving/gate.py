"""The gate of a local server: which requests reach the application, and the headers of every answer."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}

_HOST: Final = re.compile(r"(?:\[([0-9a-f:.]+)\]|([^:@/?#\[\]]+))(?::[0-9]{1,5})?", re.IGNORECASE)
"""A Host header: a name or an IPv4 address, or an IPv6 address in brackets; a port may follow."""


class Gate:
    """Wraps an application: refuses what another site's page may have sent, and adds headers to all answers.

    Args:
        app: answers what is let through.
        hosts: the names and addresses, without a port, that a browser may know the server by. The port is
            left free, for whoever comes through `ssh -L` from a port of his own choice.
    """

    def __init__(self, app: ASGIApp, hosts: Collection[str]) -> None:
        self._app = app
        self._hosts = frozenset(host.lower() for host in hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        await (self._refusal(Headers(scope=scope)) or self._app)(scope, receive, send_with_headers)

    def _refusal(self, headers: Headers) -> JSONResponse | None:
        """Why a request is not let through; None where it is."""
        host = headers.get("host", "")
        if not self._knows(host):
            return JSONResponse({"detail": "the server is not known by this name (Host header)"}, 400)
        if headers.get("origin", f"http://{host}").lower() != f"http://{host}".lower():
            return JSONResponse({"detail": "another site asks (Origin header)"}, 403)
        return None

    def _knows(self, host: str) -> bool:
        match = _HOST.fullmatch(host)
        return match is not None and (match[1] or match[2]).lower() in self._hosts
