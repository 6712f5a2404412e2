"""A server that is attacked, in a process of its own, and raw connections to it."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from ganzoo.cli import main as ganzoo


def trained(folder: Path, model: str = "cgan") -> Path:
    """A run of two steps on `digits`."""
    run = folder / model
    folder.mkdir(parents=True, exist_ok=True)
    arguments = ["--dataset", "digits", "--max-steps", "2", "--batch-size", "16", "--device", "cpu"]
    with (
        Path(os.devnull).open("w", encoding="utf-8") as nowhere,
        contextlib.redirect_stderr(nowhere),
        contextlib.redirect_stdout(nowhere),
    ):
        try:
            ganzoo(["train", model, *arguments, "--set", "model.channels=4", "--out", str(run)])
        except SystemExit as stopped:
            if stopped.code:
                raise click.ClickException(
                    f"the run to serve could not be trained: exit {stopped.code}"
                ) from None
    return run


@dataclass(frozen=True)
class Answer:
    """What came back; status 0 where the connection was closed without an answer."""

    status: int
    head: bytes
    body: bytes


@dataclass(frozen=True)
class Server:
    """`ganzoo play` as a user starts it."""

    process: subprocess.Popen[str]
    port: int
    token: str

    def connect(self, timeout: float = 30) -> socket.socket:
        """A new connection."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=timeout)

    def request(
        self,
        path: str = "/",
        method: str = "GET",
        host: str | None = None,
        more: str = "",
        token: str | None = None,
    ) -> bytes:
        """A whole request, after which the server closes the connection."""
        named = f"127.0.0.1:{self.port}" if host is None else host
        bearer = self.token if token is None else token
        return (
            f"{method} {path} HTTP/1.1\r\nHost: {named}\r\nAuthorization: Bearer {bearer}\r\n"
            f"{more}Connection: close\r\n\r\n"
        ).encode("latin-1")

    def ask(self, path: str = "/", timeout: float = 30, **parts: str) -> Answer:
        """The answer to a request."""
        return self.send(self.request(path, **parts), timeout)

    def send(self, data: bytes, timeout: float = 30, is_all: bool = False) -> Answer:
        """What comes back for any bytes, until the server closes the connection.

        Args:
            data: what to send.
            timeout: seconds without a byte after which this gives up.
            is_all: whether to say that nothing more will come.
        """
        got = b""
        with self.connect(timeout) as connection, contextlib.suppress(ConnectionError):
            connection.sendall(data)
            if is_all:
                connection.shutdown(socket.SHUT_WR)
            while block := connection.recv(65536):
                got += block
        head, _, body = got.partition(b"\r\n\r\n")
        is_answer = head.startswith(b"HTTP/1.1 ")
        return Answer(int(head[9:12]) if is_answer else 0, head, body)

    def holds(self) -> dict[str, int]:
        """What the process holds: memory in KiB, threads, descriptors."""
        process = Path(f"/proc/{self.process.pid}")
        status = dict(line.split(":", 1) for line in (process / "status").read_text().splitlines())
        return {
            "memory": int(status["VmRSS"].split()[0]),
            "threads": int(status["Threads"]),
            "descriptors": len(list((process / "fd").iterdir())),
        }


def launch(command: list[str], log: Path) -> Server:
    """Starts a command that prints the address of a playground, and waits until it does."""
    with log.open("w", encoding="utf-8") as said:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=said, text=True)
    assert process.stdout is not None
    address = process.stdout.readline().strip()
    if not address:
        raise click.ClickException(f"the server did not start:\n{log.read_text(encoding='utf-8')}")
    before, _, token = address.partition("/#token=")
    return Server(process, int(before.rpartition(":")[2]), token)


@contextlib.contextmanager
def playing(run: Path) -> Iterator[Server]:
    """`ganzoo play RUN`, ended afterwards."""
    command = [sys.executable, "-m", "ganzoo", "play", str(run), "--port", "0", "--device", "cpu"]
    server = launch(command, run.parent / "play.log")
    try:
        yield server
    finally:
        server.process.kill()
        server.process.communicate()
