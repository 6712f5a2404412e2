"""The connections of a local server: bounded in number, and none is held open by doing nothing.

Nobody needs a token to connect. So a connection that asks for nothing makes room for a new one, and a client
that sends its request or takes its answer too slowly is cut off. Otherwise a few such clients would lock out
whoever has the token.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from typing import Final

from uvicorn.protocols.http.h11_impl import H11Protocol

CONNECTIONS: Final = 32
"""The most connections at once."""

SECONDS: Final = 10.0
"""How long a request may take to arrive, and an answer may stop on its way out."""


class _Deadline:
    """Calls an action `SECONDS` after its start, unless it is stopped before."""

    def __init__(self, loop: asyncio.AbstractEventLoop, action: Callable[[], None]) -> None:
        self._loop, self._action = loop, action
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Begins, or begins anew."""
        self.stop()
        self._timer = self._loop.call_later(SECONDS, self._action)

    def stop(self) -> None:
        """Calls the action off."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    @property
    def is_running(self) -> bool:
        """Whether it was started and not stopped."""
        return self._timer is not None

    @property
    def end(self) -> float:
        """When the action is due, by the loop's clock."""
        return math.inf if self._timer is None else self._timer.when()


class BoundedConnection(H11Protocol):
    """One connection, as uvicorn serves it, with limits."""

    _arrival: _Deadline
    """Until when the next request has to be there; it runs while none is being answered."""
    _departure: _Deadline
    """Until when the client has to take more of its answer; it runs while it takes none."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Makes room for itself: the connection that has waited longest for a request goes."""
        others = [c for c in self.connections if isinstance(c, BoundedConnection)]
        others = [connection for connection in others if not connection.transport.is_closing()]
        if len(others) >= CONNECTIONS:
            waiting = [connection for connection in others if connection._arrival.is_running]
            oldest = min(waiting, key=lambda connection: connection._arrival.end, default=None)
            (transport if oldest is None else oldest.transport).abort()
        super().connection_made(transport)
        self._arrival = _Deadline(self.loop, transport.abort)
        self._departure = _Deadline(self.loop, transport.abort)
        self._arrival.start()

    def handle_events(self) -> None:
        """Looks whether a request has arrived."""
        super().handle_events()
        if self.cycle is not None and not self.cycle.response_complete:
            self._arrival.stop()

    def on_response_complete(self) -> None:
        """Waits for the next request."""
        self._arrival.start()  # first: the next one may have arrived already
        super().on_response_complete()

    def pause_writing(self) -> None:
        """The client takes its answer slowly."""
        super().pause_writing()
        self._departure.start()

    def resume_writing(self) -> None:
        """The client has taken most of what was written."""
        super().resume_writing()
        self._departure.stop()

    def shutdown(self) -> None:
        """Ctrl-C: nobody is waited for."""
        self.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Waits for nothing more."""
        self._arrival.stop()
        self._departure.stop()
        super().connection_lost(exc)
