"""Does the playground answer its user, and nobody else, whatever else knocks?

    python -m benchmarks.soak.serving

Trains a tiny run, starts `ganzoo play`, and sends it names of other servers, questions that are absurd, bytes
that are no HTTP, and clients that are slow, silent or gone. Meanwhile an ordinary visit must be answered at
once. Last, Ctrl-C must end it while connections are open. Exit code 1 where a promise did not hold. Linux
only.
"""

from __future__ import annotations

import contextlib
import json
import random
import signal
import socket
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

import click

from benchmarks.soak.questions import HOSTS, NUMBERS, ORIGINS, PATHS, PATIENCE, refused, visited
from benchmarks.soak.scenarios import ONLY, SECONDS, SEED, Attack, carry_out, chosen, conclude
from benchmarks.soak.visitor import Server, playing, trained


def attacks(server: Server) -> dict[str, Attack]:
    """Every scenario but the last one."""

    def other_names(_dice: random.Random) -> Iterator[str | None]:
        for host in HOSTS:
            for path in ("/", "/api/generator", "/api/images"):
                yield refused(server.ask(path, host=host), (400,), f"Host {host!r}")

    def other_origins(_dice: random.Random) -> Iterator[str | None]:
        for origin in ORIGINS:
            answer = server.ask("/api/images?num=1", more=f"Origin: {origin}\r\n")
            yield refused(answer, (403,), f"Origin {origin!r}")

    def tokens(dice: random.Random) -> Iterator[str | None]:
        for length in range(60):
            near = server.token[: dice.randrange(43)] + "".join(dice.choices("abc-_", k=length))
            yield refused(server.ask("/api/images", token=near), (401,), f"the token {near!r}")

    def paths(_dice: random.Random) -> Iterator[str | None]:
        for path in PATHS:
            for method in (
                "GET",
                "HEAD",
                "POST",
                "PUT",
                "DELETE",
                "OPTIONS",
                "TRACE",
                "CONNECT",
                "PRI",
                "get",
            ):
                answer = server.ask(path, method=method)
                yield refused(answer, (0, 307, 400, 404, 405), f"{method} {path[:60]}")

    def questions(dice: random.Random) -> Iterator[str | None]:
        while True:
            words = {
                key: dice.choice(NUMBERS)
                for key in dice.sample(["seed", "num", "label", "truncation", "x"], 3)
            }
            query = "&".join(f"{key}={quote(value)}" for key, value in words.items())
            answer = server.ask(
                f"/api/images?{query}&num=1" if dice.random() < 0.2 else f"/api/images?{query}"
            )
            fault = refused(answer, (200, 400, 422), query[:200])
            if answer.status == 200 and len(json.loads(answer.body)["images"]) > 64:
                fault = f"{query[:200]} got more than 64 images"
            if answer.status == 200 and ("x=" in query or query.count("num=") > 1):
                fault = f"{query[:200]} was not understood, and answered"
            yield fault

    def garbage(dice: random.Random) -> Iterator[str | None]:
        whole = server.request("/api/images?num=1")
        while True:
            data = bytearray(whole)
            for _ in range(dice.randint(1, 30)):
                at = dice.randrange(len(data))
                data[at : at + dice.randint(0, 3)] = dice.randbytes(dice.randint(0, 3))
            sent = bytes(data) if dice.random() < 0.8 else dice.randbytes(dice.randint(1, 3000))
            answer = server.send(sent, is_all=True)
            statuses = (0, 200, 307, 400, 401, 403, 404, 405, 422)
            yield refused(answer, statuses, repr(sent[:200])) or visited(server)

    def crowd(dice: random.Random) -> Iterator[str | None]:
        for beginning in (
            b"",
            b"GET / HTTP/1.1\r\nHost: ",
            b"G",
            server.request("/")[:-2],
            b"\x16\x03\x01\x02\x00",
        ):
            clients = [server.connect() for _ in range(200)]
            for client in clients:
                with contextlib.suppress(OSError):  # it may have had to make room
                    client.sendall(beginning)
            yield visited(server)
            for client in clients:
                client.close()

    def drip(_dice: random.Random) -> Iterator[str | None]:
        clients = [server.connect() for _ in range(20)]
        for _ in range(15):
            for client in clients:
                with contextlib.suppress(OSError):
                    client.sendall(b"x")
            time.sleep(1)
            yield visited(server)
        open_still = sum(not _is_closed(client) for client in clients)
        yield f"{open_still} clients that send a byte a second are still connected" if open_still else None

    def deaf(_dice: random.Random) -> Iterator[str | None]:
        clients = []
        for _ in range(31):
            client = socket.socket()
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
            client.connect(("127.0.0.1", server.port))
            kept_alive = server.request("/api/images?num=64").replace(b"Connection: close\r\n", b"")
            client.sendall(kept_alive * 30)
            clients.append(client)
        for _ in range(3):
            time.sleep(2)
            # The user's own questions wait for their turn behind these, but the page itself does not.
            answer = server.ask("/", timeout=30)
            yield None if answer.status == 200 else f"the page got {answer.status}"
        for client in clients:
            client.close()

    def gone(dice: random.Random) -> Iterator[str | None]:
        for _ in range(50):
            client = server.connect()
            client.sendall(server.request("/api/images?num=64"))
            time.sleep(dice.random() / 20)
            client.close()
            yield None
        yield visited(server)

    def at_once(dice: random.Random) -> Iterator[str | None]:
        seeds = [dice.randrange(1000) for _ in range(8)]
        asked = [
            f"/api/images?num={dice.choice((5, 20, 40))}&seed={seed}&label={seed % 10}" for seed in seeds
        ]
        alone = [server.ask(path).body for path in asked]
        while True:
            with ThreadPoolExecutor(len(asked)) as pool:
                together = list(pool.map(lambda path: server.ask(path, timeout=120).body, asked))
            yield None if together == alone else "questions at the same time got others' images"

    def many(_dice: random.Random) -> Iterator[str | None]:
        for number in range(50):
            server.ask(f"/api/images?num=2&seed={number}")
        before = server.holds()
        for number in range(500):
            answer = server.ask(f"/api/images?num=2&seed={number}")
            yield None if answer.status == 200 else f"request {number} got {answer.status}"
        after = server.holds()
        grown = after["memory"] - before["memory"] > 16 * 1024
        if grown or after["threads"] > before["threads"] + 2 or after["descriptors"] > before["descriptors"]:
            yield f"after 500 requests {before} became {after}"

    return {
        "names of other servers": other_names,
        "origins of other sites": other_origins,
        "wrong tokens": tokens,
        "paths and methods": paths,
        "absurd questions": questions,
        "bytes that are no HTTP": garbage,
        "200 connections that ask for nothing": crowd,
        "a byte a second": drip,
        "answers that nobody takes": deaf,
        "clients that have gone": gone,
        "eight clients at once": at_once,
        "500 requests": many,
    }


def ending(server: Server) -> Attack:
    """Ctrl-C while connections of all sorts are open."""

    def end(_dice: random.Random) -> Iterator[str | None]:
        clients = [server.connect() for _ in range(9)]
        for client, part in zip(
            clients, [b"", b"GET / HT", server.request("/api/images?num=64")] * 3, strict=True
        ):
            client.sendall(part)
        began = time.monotonic()
        server.process.send_signal(signal.SIGINT)
        with contextlib.suppress(ConnectionRefusedError):
            while time.monotonic() - began < PATIENCE:
                server.connect().close()
                time.sleep(0.05)
            yield f"{PATIENCE:.0f} s after Ctrl-C the port is still open"
        code = server.process.wait(120)  # Python takes its time to clear up
        yield None if code == 130 else f"Ctrl-C ended it with {code}"

    return end


def _is_closed(client: socket.socket) -> bool:
    client.setblocking(False)
    try:
        return not client.recv(65536)
    except BlockingIOError:
        return False
    except OSError:
        return True


@click.command("serving")
@SEED
@SECONDS
@ONLY
def command(seed: int, seconds: float, only: tuple[str, ...]) -> None:
    """Attack the playground of `ganzoo play`."""
    with tempfile.TemporaryDirectory(prefix="serving-") as folder, playing(trained(Path(folder))) as server:
        scenarios = {**attacks(server), "Ctrl-C": ending(server)}
        outcomes = carry_out(chosen(scenarios, only), seed, seconds)
        said = (Path(folder) / "play.log").read_text()
        if "Traceback" in said or "ERROR" in said:
            outcomes[-1].faults.append(f"the server said:\n{said[-2000:]}")
    conclude(outcomes)


if __name__ == "__main__":
    command()
