"""`ganzoo watch`: trainings as they go, in the browser."""

from __future__ import annotations

from pathlib import Path

import click

from ganzoo.cli.output import note
from ganzoo.cli.serving import needs_extra, serve, serving_options
from ganzoo.errors import UsageError


@click.command("watch")
@click.argument("runs", metavar="RUN...", nargs=-1, required=True, type=click.Path(path_type=Path))
@serving_options
def command(runs: tuple[Path, ...], host: str, port: int, opens_browser: bool) -> None:
    """Watch the training of each RUN, a run folder, in the browser.

    The newest grid, all grids through time, curves, and how long it still takes; the page refreshes itself
    while another process trains, and says when that has ended or died. It prints the address to open, with
    a token without which nobody is answered. From another machine, come through ssh -L 8000:127.0.0.1:8000.
    It changes nothing in the folders, and needs the extra `play`.
    """
    if len({run.resolve() for run in runs}) < len(runs):
        raise UsageError("a RUN is named twice")
    with needs_extra():
        from ganzoo.pages.watch.server import make_app
    from ganzoo.pages.watch.watched import Watched

    watched = Watched(runs)
    note("stop with Ctrl-C; a training goes on without its page")
    serve(lambda token, hosts: make_app(watched, token, hosts), host, port, opens_browser)
