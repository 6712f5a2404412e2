"""The playground's connections over real sockets: who does nothing can't lock out who has the token."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import uvicorn

from ganzoo.errors import GanzooError, UsageError
from ganzoo.pages.playground.painters import Painters
from ganzoo.pages.playground.server import make_app
from ganzoo.pages.serving import connections
from ganzoo.pages.serving.application import LOOPBACK
from ganzoo.pages.serving.server import listen

ANSWERED = b"HTTP/1.1 200"


class SlowPainter:
    """Draws nothing, slowly, and counts its pieces."""

    def __init__(self) -> None:
        self.pieces = 0

    def describe(self) -> dict[str, Any]:
        return {}

    def images(
        self, seed: int, count: int, label: int | None, truncation: float | None, moved: list[float]
    ) -> Iterator[list[str]]:
        for _ in range(count):
            time.sleep(0.02)
            self.pieces += 1
            yield [f"image of {seed}"]


class Playground:
    """A server in a thread."""

    def __init__(self) -> None:
        self.painter = SlowPainter()
        self._listener = listen("127.0.0.1", 0)
        self.address = self._listener.getsockname()
        app = make_app(Painters(self.painter), "run", "token", LOOPBACK)  # type: ignore[arg-type]
        configuration = uvicorn.Config(
            app, http=connections.BoundedConnection, lifespan="off", log_level="error"
        )
        self._server = uvicorn.Server(configuration)
        self._thread = threading.Thread(target=self._server.run, args=([self._listener],))
        self._thread.start()

    def connect(self, sent: bytes = b"") -> socket.socket:
        client = socket.create_connection(self.address, timeout=20)
        client.sendall(sent)
        return client

    def request(self, path: str) -> bytes:
        return f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer token\r\n\r\n".encode()

    def answer(self, client: socket.socket) -> bytes:
        got = client.recv(65536)
        head, _, body = got.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0)
        while got and len(body) < length:
            more = client.recv(65536)
            got, body = got + more, body + more
        return got

    def end(self) -> None:
        self._server.should_exit = True
        self._thread.join()
        self._listener.close()


def is_cut_off(client: socket.socket) -> bool:
    """Whether the server has closed a connection on which it has nothing to say."""
    try:
        return client.recv(1) == b""
    except TimeoutError:
        return False
    except ConnectionError:
        return True


@pytest.fixture
def playground(monkeypatch: pytest.MonkeyPatch) -> Iterator[Playground]:
    monkeypatch.setattr(connections, "SECONDS", 0.5)
    started = Playground()
    yield started
    started.end()


def test_connections_that_ask_for_nothing_make_room(playground):
    crowd = [playground.connect(b"GET / HTTP/1.1\r\nHo" * (number % 2)) for number in range(100)]
    with playground.connect(playground.request("/")) as client:
        assert playground.answer(client).startswith(ANSWERED)
    for client in crowd:
        client.close()


def test_a_request_that_does_not_come_is_not_waited_for(playground):
    with playground.connect(b"GET / HTTP/1.1\r\nX-Slow: ") as client:
        client.settimeout(0.1)
        began = time.monotonic()
        while not is_cut_off(client):
            assert time.monotonic() - began < 10
            client.send(b"x")


def test_between_two_requests_a_connection_waits_and_is_then_closed(playground):
    with playground.connect(playground.request("/")) as client:
        assert playground.answer(client).startswith(ANSWERED)
        client.sendall(playground.request("/play.css"))
        assert playground.answer(client).startswith(ANSWERED)
        client.settimeout(10)
        assert is_cut_off(client)


def test_what_takes_long_to_draw_is_answered(playground):
    with playground.connect(playground.request("/api/images?num=40")) as client:  # 0.8 s
        assert playground.answer(client).startswith(ANSWERED)


def test_nothing_is_drawn_for_who_has_gone(playground):
    for _ in range(5):
        playground.connect(playground.request("/api/images?num=64")).close()
    with playground.connect(playground.request("/api/images?num=2&seed=7")) as client:
        body = playground.answer(client).partition(b"\r\n\r\n")[2]
    assert json.loads(body)["images"] == ["image of 7"] * 2
    assert playground.painter.pieces < 5 * 64 / 2


def test_the_end_waits_for_nobody():
    started = Playground()
    clients = [started.connect(sent) for sent in (b"", b"GET", started.request("/api/images?num=64"))]
    time.sleep(0.1)
    began = time.monotonic()
    started.end()
    assert time.monotonic() - began < 10
    with pytest.raises(ConnectionRefusedError):
        started.connect()
    for client in clients:
        client.close()


HOSTS = {
    "every address in short": ("0", UsageError, "ssh -L"),
    "every address in hexadecimal": ("0x0.0", UsageError, "ssh -L"),
    "every IPv6 address": ("::0", UsageError, "ssh -L"),
    "an empty name": ("", UsageError, "ssh -L"),
    "no name": ("a..b", UsageError, "no name of a machine"),
    "a name that is too long": ("x" * 80 + ".example", UsageError, "no name of a machine"),
    "another machine": ("192.0.2.1", GanzooError, "--host names this machine"),
}


@pytest.mark.parametrize("name", HOSTS)
def test_where_it_can_not_listen_is_said(name):
    host, error, fragment = HOSTS[name]
    with pytest.raises(error, match=fragment):
        listen(host, 0)


def test_localhost_is_the_address_that_every_browser_tries():
    with listen("localhost", 0) as listener:
        assert listener.getsockname()[0] == "127.0.0.1"
