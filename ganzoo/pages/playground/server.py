"""The playground's server: three files, three questions, a token, and no way to the disk.

The token is in the fragment of the address, which browsers neither send nor log, and the page's script
puts it into a header: another site's page has neither the token nor leave to set that header, so no
cookie has to be guarded. The Host header is checked as well, against DNS rebinding.
"""

from __future__ import annotations

import secrets
import socket
from collections.abc import Awaitable, Callable
from importlib import resources
from typing import Annotated, Any, Final

import uvicorn
from fastapi import Depends, FastAPI, Header, HTTPException, Query, Request, Response
from fastapi.responses import JSONResponse
from starlette.middleware.trustedhost import TrustedHostMiddleware

from ganzoo.errors import GanzooError, UsageError
from ganzoo.pages.playground.painter import IMAGES, SEED, TRUNCATION, Painter

LOOPBACK: Final = ("127.0.0.1", "localhost")
"""The names under which a browser on the same machine finds the server."""

_ASSETS: Final = {
    "/": ("play.html", "text/html"),
    "/play.css": ("play.css", "text/css"),
    "/play.js": ("play.js", "text/javascript"),
}
"""Every address that gives a file: nothing of a request becomes part of a path."""

_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}

_CONCURRENCY: Final = 32
"""Requests at once; more are turned away."""

Seed = Annotated[int, Query(ge=0, le=SEED)]
Count = Annotated[int, Query(ge=1, le=IMAGES)]
Steps = Annotated[int, Query(ge=2, le=IMAGES)]
Label = Annotated[int | None, Query(ge=0)]
Truncation = Annotated[float | None, Query(ge=TRUNCATION[0], le=TRUNCATION[1], allow_inf_nan=False)]


def make_app(painter: Painter, name: str, token: str, hosts: tuple[str, ...] = LOOPBACK) -> FastAPI:
    """The web application.

    Args:
        painter: draws the images.
        name: what the page calls the run.
        token: what every question has to carry, as `Authorization: Bearer TOKEN`.
        hosts: the Host headers that are answered.
    """
    # Without the pages of documentation, which would be fetched from elsewhere.
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(hosts), www_redirect=False)

    def require_token(authorization: Annotated[str, Header()] = "") -> None:
        if not secrets.compare_digest(authorization.encode(), f"Bearer {token}".encode()):
            raise HTTPException(401, "the token is missing or wrong; open the address ganzoo play printed")

    guarded = [Depends(require_token)]

    @app.middleware("http")
    async def add_headers(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        response = await call_next(request)
        response.headers.update(_HEADERS)
        return response

    @app.exception_handler(UsageError)
    async def refuse(_request: Request, error: UsageError) -> JSONResponse:
        return JSONResponse({"detail": str(error)}, 422)

    @app.get("/api/generator", dependencies=guarded)
    def generator() -> dict[str, Any]:
        return {"name": name, **painter.describe()}

    @app.get("/api/images", dependencies=guarded)
    def images(
        seed: Seed = 0, num: Count = 16, label: Label = None, truncation: Truncation = None
    ) -> dict[str, Any]:
        return {"images": painter.images(seed, num, label, truncation)}

    @app.get("/api/interpolation", dependencies=guarded)
    def interpolation(
        start: Seed, end: Seed, steps: Steps = 17, label: Label = None, truncation: Truncation = None
    ) -> dict[str, Any]:
        return {"images": painter.interpolation(start, end, steps, label, truncation)}

    for address, (file, media_type) in _ASSETS.items():
        app.get(address)(_giver(file, media_type))
    return app


def _giver(file: str, media_type: str) -> Callable[[], Response]:
    text = resources.files("ganzoo.pages.playground").joinpath("assets", file).read_text(encoding="utf-8")
    return lambda: Response(text, media_type=media_type)


def serve(painter: Painter, name: str, *, host: str, port: int, announce: Callable[[str], None]) -> None:
    """Serves the playground until it is interrupted.

    Args:
        painter: draws the images.
        name: what the page calls the run.
        host: the address to listen on, which is also what browsers call it.
        port: 0 for any that is free.
        announce: is given the address to open, with its token, once it answers.

    Raises:
        UsageError: the host stands for every address of the machine.
        GanzooError: the port is taken, or the host is not this machine's.
    """
    if host in ("", "0.0.0.0", "::"):
        raise UsageError(
            f"--host {host or repr(host)} is every address of this machine; name the one that browsers will "
            "use, or leave it out and come through ssh -L"
        )
    token = secrets.token_urlsafe(32)
    try:
        listener = socket.create_server((host, port))
    except OSError as error:
        raise GanzooError(
            f"{host}:{port} can't be listened on: {error.strerror or error}; --port 0 takes a free port"
        ) from None
    with listener:
        app = make_app(painter, name, token, (*LOOPBACK, host))
        configuration = uvicorn.Config(
            app, log_level="warning", access_log=False, server_header=False, lifespan="off", ws="none",
            limit_concurrency=_CONCURRENCY, timeout_keep_alive=5, timeout_graceful_shutdown=2,
        )  # fmt: skip
        announce(f"http://{host}:{listener.getsockname()[1]}/#token={token}")
        uvicorn.Server(configuration).run(sockets=[listener])
