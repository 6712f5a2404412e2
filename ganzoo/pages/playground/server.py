"""The playground's application: its files, and three questions to a generator."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Annotated, Any, Final

from fastapi import HTTPException, Query, Request
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp

from ganzoo.errors import UsageError
from ganzoo.pages.playground.painter import DIRECTIONS, IMAGES, MOVED, SEED, TRUNCATION, Painter
from ganzoo.pages.playground.painters import Painters
from ganzoo.pages.serving.application import ASKING, LOOPBACK, Asset, new_application
from ganzoo.pages.serving.gate import Gate
from ganzoo.text import printable

_ASSETS: Final = {
    "/": Asset("ganzoo.pages.playground", "play.html"),
    "/play.css": Asset("ganzoo.pages.playground", "play.css"),
    "/play.js": Asset("ganzoo.pages.playground", "play.js"),
    "/asking.js": ASKING,
}


class Question(BaseModel, extra="forbid"):
    """What both questions for images may say."""

    step: int | None = Field(None, ge=0, le=2**63 - 1)
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


def make_app(painters: Painters, name: str, token: str, hosts: tuple[str, ...] = LOOPBACK) -> ASGIApp:
    """The web application.

    Args:
        painters: draw the images, of each checkpoint its own.
        name: what the page calls the run.
        token: what every question has to carry, as `Authorization: Bearer TOKEN`.
        hosts: the names in Host headers that are answered.
    """
    app, guards = new_application(_ASSETS, token, "ganzoo play")
    turn = asyncio.Lock()  # two drawings at once would take as long as one after the other

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

    async def painter_of(asked: Question) -> Painter:
        async with turn:
            return await run_in_threadpool(painters.at, asked.step)

    @app.get("/api/generator", dependencies=guards)
    async def generator() -> dict[str, Any]:
        return {"name": printable(name, 100), "steps": painters.steps(), **painters.newest.describe()}

    @app.get("/api/images", dependencies=guards)
    async def images(asked: Annotated[ImagesQuestion, Query()], request: Request) -> dict[str, Any]:
        painter = await painter_of(asked)
        drawn = painter.images(asked.seed, asked.num, asked.label, asked.truncation, asked.amounts())
        return await collect(drawn, request)

    @app.get("/api/interpolation", dependencies=guards)
    async def interpolation(
        asked: Annotated[InterpolationQuestion, Query()], request: Request
    ) -> dict[str, Any]:
        painter = await painter_of(asked)
        ends = asked.start, asked.end, asked.steps
        way = painter.interpolation(*ends, asked.label, asked.truncation, asked.amounts())
        return await collect(way, request)

    return Gate(app, hosts)
