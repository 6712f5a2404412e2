"""The application of `ganzoo watch`: its files, and three questions about run folders."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Final

from fastapi import Query
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp

from ganzoo.errors import UsageError
from ganzoo.pages.serving.application import ASKING, LOOPBACK, Asset, new_application
from ganzoo.pages.serving.gate import Gate
from ganzoo.pages.watch.watched import Watched

_REPORT: Final = "ganzoo.pages.report"
_ASSETS: Final = {
    "/": Asset("ganzoo.pages.watch", "watch.html"),
    "/watch.css": Asset("ganzoo.pages.watch", "watch.css"),
    "/watch.js": Asset("ganzoo.pages.watch", "watch.js"),
    "/asking.js": ASKING,
    "/report.css": Asset(_REPORT, "report.css"),
    "/charts.js": Asset(_REPORT, "charts.js"),
    "/uplot.css": Asset(_REPORT, "uplot/uPlot.min.css"),
    "/uplot.js": Asset(_REPORT, "uplot/uPlot.iife.min.js"),
}


class GridQuestion(BaseModel, extra="forbid"):
    """A question for the sample grid of a run."""

    run: int = Field(ge=0, le=10_000)
    step: int = Field(ge=0, le=2**63 - 1)


def make_app(watched: Watched, token: str, hosts: tuple[str, ...] = LOOPBACK) -> ASGIApp:
    """The web application.

    Args:
        watched: the runs.
        token: what every question has to carry, as `Authorization: Bearer TOKEN`.
        hosts: the names in Host headers that are answered.
    """
    app, guards = new_application(_ASSETS, token, "ganzoo watch")
    turn = asyncio.Lock()  # a run is read once, whoever asks

    @app.get("/api/runs", dependencies=guards)
    async def runs() -> dict[str, Any]:
        async with turn:
            return {"runs": await run_in_threadpool(lambda: [run.describe() for run in watched.runs])}

    @app.get("/api/charts", dependencies=guards)
    async def charts() -> dict[str, Any]:
        async with turn:
            return {"charts": await run_in_threadpool(watched.charts)}

    @app.get("/api/grid", dependencies=guards)
    async def grid(asked: Annotated[GridQuestion, Query()]) -> dict[str, Any]:
        if asked.run >= len(watched.runs):
            raise UsageError(f"there is no run {asked.run}")
        return {"image": await run_in_threadpool(watched.runs[asked.run].grid, asked.step)}

    return Gate(app, hosts)
