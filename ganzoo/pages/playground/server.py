"""The playground's server: three files, three questions, a token, and no way to the disk.

The token is in the fragment of the address, which browsers neither send nor log, and the page's script
puts it into a header: another site's page has neither the token nor leave to set that header, so no
cookie has to be guarded. Its gate checks the Host header, against DNS rebinding, and the Origin header;
its connections are bounded in number and time.
"""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import os
import secrets
import socket
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from importlib import resources
from typing import Annotated, Any, Final

import uvicorn
from fastapi import Depends, FastAPI, Header, HTTPException, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp

from ganzoo.errors import GanzooError, UsageError
from ganzoo.pages.playground.connections import BoundedConnection
from ganzoo.pages.playground.gate import Gate
from ganzoo.pages.playground.painter import DIRECTIONS, IMAGES, MOVED, SEED, TRUNCATION, Painter
from ganzoo.text import printable

LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")
"""The names under which a browser on the same machine finds the server."""

_ASSETS: Final = {
    "/": ("play.html", "text/html"),
    "/play.css": ("play.css", "text/css"),
    "/play.js": ("play.js", "text/javascript"),
}
"""Every address that gives a file: nothing of a request becomes part of a path."""


class Question(BaseModel, extra="forbid"):
    """What both questions for images may say."""

    label: int | None = Field(None, ge=0)
    truncation: float | None = Field(None, ge=TRUNCATION[0], le=TRUNCATION[1], allow_inf_nan=False)

    moved: str | None = Field(None, max_length=100, pattern=r"^-?\d(\.\d{1,4})?(,-?\d(\.\d{1,4})?)*$")

    def amounts(self) -> list[float]:
        """How far along each of the first directions.

        Raises:
            UsageError: too far, or along too many.
        """
        amounts = [] if self.moved is None else [float(each) for each in self.moved.split(",")]
        if len(amounts) > DIRECTIONS or any(not MOVED[0] <= amount <= MOVED[1] for amount in amounts):
            raise UsageError(f"moved takes up to {DIRECTIONS} numbers from {MOVED[0]:g} to {MOVED[1]:g}")
        return amounts


class ImagesQuestion(Question):
    """A question for the images of `num` seeds, from `seed` on."""

    seed: int = Field(0, ge=0, le=SEED)
    num: int = Field(16, ge=1, le=IMAGES)


class InterpolationQuestion(Question):
    """A question for the way from the image of one seed to that of another."""

    start: int = Field(ge=0, le=SEED)
    end: int = Field(ge=0, le=SEED)
    steps: int = Field(17, ge=2, le=IMAGES)


def make_app(painter: Painter, name: str, token: str, hosts: tuple[str, ...] = LOOPBACK) -> ASGIApp:
    """The web application.

    Args:
        painter: draws the images.
        name: what the page calls the run.
        token: what every question has to carry, as `Authorization: Bearer TOKEN`.
        hosts: the names in Host headers that are answered.
    """
    # Without the pages of documentation, which would be fetched from elsewhere.
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    turn = asyncio.Lock()  # two drawings at once would take as long as one after the other

    # The dependencies are coroutines, since functions would have to wait for a thread.
    async def require_token(authorization: Annotated[str, Header()] = "") -> None:
        if not secrets.compare_digest(authorization.encode(), f"Bearer {token}".encode()):
            raise HTTPException(401, "the token is missing or wrong; open the address ganzoo play printed")

    async def require_each_once(request: Request) -> None:
        names = Counter(key for key, _ in request.query_params.multi_items())
        if repeated := [printable(key, 60) for key, count in names.items() if count > 1]:
            raise HTTPException(422, f"asked for more than once: {', '.join(repeated)}")

    async def collect(pieces: Iterator[list[str]], request: Request) -> dict[str, list[str]]:
        """Draws piece by piece, in turn with the other requests, as long as somebody waits for the images."""
        images: list[str] = []
        while True:
            async with turn:
                if await request.is_disconnected():
                    raise HTTPException(499, "nobody waits for the answer any more")
                piece = await run_in_threadpool(next, pieces, None)
            if piece is None:
                return {"images": images}
            images += piece

    guarded = [Depends(require_token), Depends(require_each_once)]

    @app.exception_handler(GanzooError)
    async def refuse(_request: Request, error: GanzooError) -> JSONResponse:
        return JSONResponse({"detail": str(error)}, 422 if isinstance(error, UsageError) else 500)

    @app.get("/api/generator", dependencies=guarded)
    async def generator() -> dict[str, Any]:
        return {"name": printable(name, 100), **painter.describe()}

    @app.get("/api/images", dependencies=guarded)
    async def images(asked: Annotated[ImagesQuestion, Query()], request: Request) -> dict[str, Any]:
        drawn = painter.images(asked.seed, asked.num, asked.label, asked.truncation, asked.amounts())
        return await collect(drawn, request)

    @app.get("/api/interpolation", dependencies=guarded)
    async def interpolation(
        asked: Annotated[InterpolationQuestion, Query()], request: Request
    ) -> dict[str, Any]:
        ends = asked.start, asked.end, asked.steps
        way = painter.interpolation(*ends, asked.label, asked.truncation, asked.amounts())
        return await collect(way, request)

    for address, (file, media_type) in _ASSETS.items():
        app.get(address)(_giver(file, media_type))
    return Gate(app, hosts)


def _giver(file: str, media_type: str) -> Callable[[], Awaitable[Response]]:
    text = resources.files("ganzoo.pages.playground").joinpath("assets", file).read_text(encoding="utf-8")

    async def give() -> Response:
        return Response(text, media_type=media_type)

    return give


def serve(painter: Painter, name: str, *, host: str, port: int, announce: Callable[[str], None]) -> None:
    """Serves the playground until it is interrupted.

    Args:
        painter: draws the images.
        name: what the page calls the run.
        host: the address to listen on, which is also what browsers call it.
        port: 0 for any that is free.
        announce: is given the address to open, with its token, once it answers.

    Raises:
        UsageError: the host stands for every address of the machine, or is no host at all.
        GanzooError: the port is taken, or the host is not this machine's.
    """
    listener = listen(host, port)
    with listener:
        address, port = listener.getsockname()[:2]
        token = secrets.token_urlsafe(32)
        app = make_app(painter, name, token, (*LOOPBACK, host, address))
        # A bad request is its sender's fault, and a flood of them would bury what concerns the user.
        configuration = uvicorn.Config(
            app, http=BoundedConnection, ws="none", lifespan="off", server_header=False,
            log_level="error", access_log=False, timeout_keep_alive=5,
        )  # fmt: skip
        announce(f"http://{f'[{host}]' if ':' in host else host}:{port}/#token={token}")
        uvicorn.Server(configuration).run(sockets=[listener])


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens on one address of this machine; see `serve`."""
    try:
        found = socket.getaddrinfo(host or "0.0.0.0", port, type=socket.SOCK_STREAM)
        # `localhost` has addresses of both sorts; an old browser tries only the first.
        family, _, _, _, address = min(found, key=lambda each: each[0] != socket.AF_INET)
        if ipaddress.ip_address(str(address[0]).partition("%")[0]).is_unspecified:
            raise UsageError(
                f"--host {host or repr(host)} is every address of this machine; name the one that browsers "
                "will use, or leave it out and come through ssh -L"
            )
        return socket.create_server(address, family=family)
    except UnicodeError:
        raise UsageError(f"--host {host!r} is no name of a machine") from None
    except OSError as error:
        is_the_port = error.errno in (errno.EADDRINUSE, errno.EACCES)
        help = "--port 0 takes a free port" if is_the_port else "--host names this machine or its address"
        # Python adds to what the system says; what is wrong with a name is no number of the system's.
        reason = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror
        raise GanzooError(f"{host}:{port} can't be listened on: {reason}; {help}") from None
