"""`ganzoo play`: a playground in the browser."""

from __future__ import annotations

from pathlib import Path

import click

from ganzoo.cli.output import note
from ganzoo.errors import GanzooError


@click.command("play")
@click.argument("run", type=click.Path(path_type=Path))
@click.option(
    "--host",
    metavar="ADDRESS",
    default="127.0.0.1",
    show_default=True,
    help="Where to listen.",
)
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0 for any that is free."
)
@click.option("--device", metavar="NAME", default="auto", show_default=True, help="auto, cpu, cuda, mps.")
@click.option("--open", "opens_browser", is_flag=True, help="Open the page in your browser.")
def command(run: Path, host: str, port: int, device: str, opens_browser: bool) -> None:
    """Play with the generator of RUN, a run folder or a checkpoint file, in the browser.

    Classes, seeds, truncation, and the way from one image to another. It prints the address to open, with
    a token without which nobody is answered. From another machine, come through ssh -L 8000:127.0.0.1:8000.
    It needs the extra `play`.
    """
    from ganzoo.devices import choose_device
    from ganzoo.pages.playground.painter import Painter
    from ganzoo.runs.trained import load

    try:
        from ganzoo.pages.playground.server import LOOPBACK, serve
    except ImportError as error:
        raise GanzooError(
            f"the playground needs the extra `play` ({error}): pip install 'ganzoo-torch[play]'"
        ) from None

    trained = load(run)
    trained.generator.to(choose_device(device))

    def announce(address: str) -> None:
        if host not in LOOPBACK:
            note("warning: other machines can reach this, and nothing is encrypted on the way")
        note(f"step {trained.step:,}; stop with Ctrl-C")
        click.echo(address)
        if opens_browser:
            click.launch(address)

    serve(Painter(trained), run.absolute().name, host=host, port=port, announce=announce)
