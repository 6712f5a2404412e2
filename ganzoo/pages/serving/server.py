"""Serves an application on one address of this machine, to whoever has the token, until it is interrupted."""

from __future__ import annotations

import errno
import ipaddress
import os
import secrets
import socket
from collections.abc import Callable

import uvicorn
from starlette.types import ASGIApp

from ganzoo.errors import GanzooError, UsageError
from ganzoo.pages.serving.application import LOOPBACK
from ganzoo.pages.serving.connections import BoundedConnection


def serve(
    make: Callable[[str, tuple[str, ...]], ASGIApp], *, host: str, port: int, announce: Callable[[str], None]
) -> None:
    """Serves an application until it is interrupted.

    Args:
        make: gives the application that asks for a token, and answers to these names in Host headers.
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
        app = make(token, (*LOOPBACK, host, address))
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
