"""`ganzoo play`: a playground in the browser."""

from __future__ import annotations

from pathlib import Path

import click

from ganzoo.cli.output import note
from ganzoo.cli.serving import needs_extra, serve, serving_options
from ganzoo.run_or_weights import is_run


@click.command("play")
@click.argument("run", type=click.Path(path_type=Path))
@serving_options
@click.option("--device", metavar="NAME", default="auto", show_default=True, help="auto, cpu, cuda, mps.")
def command(run: Path, host: str, port: int, opens_browser: bool, device: str) -> None:
    """Play with the generator of RUN in the browser: a run folder, a checkpoint file, or the name of weights.

    Classes, seeds, truncation, the checkpoints of a run, and the way from one image to another. It prints
    the address to open, with a token without which nobody is answered. From another machine, come through
    ssh -L 8000:127.0.0.1:8000. It needs the extra `play`.
    """
    from ganzoo.devices import choose_device
    from ganzoo.pages.playground.painter import Painter
    from ganzoo.pages.playground.painters import Painters
    from ganzoo.runs.trained import load

    with needs_extra():
        from ganzoo.pages.playground.server import make_app

    trained, device_ = load(run), choose_device(device)
    trained.generator.to(device_)
    folder = trained.checkpoint.parent if is_run(run) else None
    painters = Painters(Painter(trained), folder, device_)
    note(f"step {trained.step:,}; stop with Ctrl-C")
    serve(
        lambda token, hosts: make_app(painters, run.absolute().name, token, hosts), host, port, opens_browser
    )
