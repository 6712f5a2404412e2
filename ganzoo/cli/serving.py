"""What commands that serve a page share: options, the extra that they need, the address that they print."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from ganzoo.cli.options import WholeNumber
from ganzoo.cli.output import note
from ganzoo.errors import GanzooError

if TYPE_CHECKING:
    from starlette.types import ASGIApp


def serving_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds --host, --port and --open."""
    command = click.option("--open", "opens_browser", is_flag=True, help="Open the page in your browser.")(
        command
    )
    command = click.option(
        "--port",
        type=WholeNumber(0, 65535),
        default=8000,
        show_default=True,
        help="0 for any that is free.",
    )(command)
    return click.option(
        "--host", metavar="ADDRESS", default="127.0.0.1", show_default=True, help="Where to listen."
    )(command)


@contextmanager
def needs_extra() -> Iterator[None]:
    """Says what to install where an import fails."""
    try:
        yield
    except ImportError as error:
        raise GanzooError(
            f"pages are served with the extra `play` ({error}): pip install 'ganzoo-torch[play]'"
        ) from None


def serve(make: Callable[[str, tuple[str, ...]], ASGIApp], host: str, port: int, opens_browser: bool) -> None:
    """Serves an application until Ctrl-C, and prints its address."""
    from ganzoo.pages.serving.application import LOOPBACK
    from ganzoo.pages.serving.server import serve as serve_pages

    def announce(address: str) -> None:
        if host not in LOOPBACK:
            note("warning: other machines can reach this, and nothing is encrypted on the way")
        click.echo(address)
        if opens_browser:
            click.launch(address)

    serve_pages(make, host=host, port=port, announce=announce)
