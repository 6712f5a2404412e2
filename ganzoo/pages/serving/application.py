"""What every page's application has: its files, and the guards of its questions.

The token is in the fragment of the address, which browsers neither send nor log, and the page's script
puts it into a header: another site's page has neither the token nor leave to set that header, so no
cookie has to be guarded.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from importlib import resources
from typing import Annotated, Any, Final, NamedTuple

from fastapi import Depends, FastAPI, Header, HTTPException, Request, Response
from fastapi.responses import JSONResponse

from ganzoo.errors import GanzooError, UsageError
from ganzoo.text import printable

LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")
"""The names under which a browser on the same machine finds the server."""

_TYPES: Final = {"html": "text/html", "css": "text/css", "js": "text/javascript"}


class Asset(NamedTuple):
    """A file of GanZoo's own that a page needs."""

    package: str
    """Which holds it in its folder `assets`."""
    file: str


ASKING: Final = Asset("ganzoo.pages.serving", "asking.js")
"""The script by which every page asks its server."""


def new_application(assets: Mapping[str, Asset], token: str, command: str) -> tuple[FastAPI, list[Any]]:
    """An application that gives its files, and the guards that its questions have to have as dependencies.

    Args:
        assets: every address that gives a file: nothing of a request becomes part of a path.
        token: what every question has to carry, as `Authorization: Bearer TOKEN`.
        command: which serves it, in words: `ganzoo play`.
    """
    # Without the pages of documentation, which would be fetched from elsewhere.
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    # The dependencies are coroutines, since functions would have to wait for a thread.
    async def require_token(authorization: Annotated[str, Header()] = "") -> None:
        if not secrets.compare_digest(authorization.encode(), f"Bearer {token}".encode()):
            raise HTTPException(401, f"the token is missing or wrong; open the address {command} printed")

    async def require_each_once(request: Request) -> None:
        names = Counter(key for key, _ in request.query_params.multi_items())
        if repeated := [printable(key, 60) for key, count in names.items() if count > 1]:
            raise HTTPException(422, f"asked for more than once: {', '.join(repeated)}")

    @app.exception_handler(GanzooError)
    async def refuse(_request: Request, error: GanzooError) -> JSONResponse:
        return JSONResponse({"detail": str(error)}, 422 if isinstance(error, UsageError) else 500)

    for address, asset in assets.items():
        app.get(address)(_giver(asset))
    return app, [Depends(require_token), Depends(require_each_once)]


def _giver(asset: Asset) -> Callable[[], Awaitable[Response]]:
    text = resources.files(asset.package).joinpath("assets", asset.file).read_text(encoding="utf-8")
    media_type = _TYPES[asset.file.rpartition(".")[2]]

    async def give() -> Response:
        return Response(text, media_type=media_type)

    return give
