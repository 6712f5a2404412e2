"""`ganzoo invert`: finds what draws a given picture."""

from __future__ import annotations

import time
from pathlib import Path

import click

from ganzoo.cli.options import WholeNumber, path_option, seed_option
from ganzoo.cli.output import note
from ganzoo.cli.outputs import force_option, require_output
from ganzoo.errors import UsageError

_SECONDS = 2.0
"""Between two lines of progress."""


@click.command("invert")
@click.argument("run", type=click.Path(path_type=Path))
@click.argument("picture", type=click.Path(path_type=Path))
@click.option("--label", metavar="K", help="The class that is to draw it [whichever comes nearest].")
@click.option(
    "--steps", type=WholeNumber(0, 1_000_000), default=400, show_default=True, help="Of the search."
)
@seed_option
@click.option("--resize", is_flag=True, help="Cut and scale a picture of another size.")
@path_option(
    "--out", default=Path("inversion.png"), show_default=True, help="The strip; a .npz comes beside it."
)
@click.option("--device", metavar="NAME", default="auto", show_default=True, help="auto, cpu, cuda, mps.")
@force_option
def command(
    run: Path,
    picture: Path,
    label: str | None,
    steps: int,
    seed: int,
    resize: bool,
    out: Path,
    device: str,
    force: bool,
) -> None:
    """Find the latents from which RUN, a run or the name of weights, draws PICTURE.

    The strip shows the picture, then the search from its beginning to what it has found. The .npz beside it
    holds `latents` float32 (1, latent_dim), or of a model with styles `styles` (1, style_dim), `image` uint8
    (H, W, C), `distance`, and `label` where there is one. The distance is the root of the mean squared
    difference of pixels, in grey levels of 256. A generator draws what it has learned: other pictures end far
    away.
    """
    if out.suffix != ".png":
        raise UsageError(f"--out is a .png, the strip; the .npz comes beside it; not {str(out)!r}")
    out = require_output(out, force=force)
    arrays = require_output(out.with_suffix(".npz"), force=force)

    import torch

    from ganzoo.devices import choose_device
    from ganzoo.runs.trained import load
    from ganzoo.sampling.files import save_image, save_inversion
    from ganzoo.sampling.grids import image_grid
    from ganzoo.sampling.inversion import invert
    from ganzoo.sampling.labels import choose_labels
    from ganzoo.sampling.pictures import read_picture

    trained = load(run)
    pixels, was_resized = read_picture(picture, trained.generator.image, resizes=resize)
    if was_resized:
        note(f"the picture is cut and scaled to {trained.generator.image}")
    count = 1 if label is not None else len(trained.class_names) or 1
    labels = choose_labels(trained.class_names, label, count)
    said = time.monotonic()

    def progressed(step: int, distance: float) -> None:
        nonlocal said
        if step == steps or time.monotonic() - said >= _SECONDS:
            said = time.monotonic()
            note(f"step {step:,}/{steps:,}  {distance:.1f} grey levels away")

    found = invert(
        trained.generator.to(choose_device(device)), pixels, labels=labels, steps=steps, seed=seed,
        progressed=progressed,
    )  # fmt: skip
    save_inversion(found, arrays)
    save_image(image_grid(torch.cat([pixels[None], found.search]), 1 + len(found.search)), out)
    drawn_by = "" if found.label is None else f" by class {trained.class_names[found.label]}"
    note(f"{'styles' if found.in_styles else 'latents'}{drawn_by} in {arrays}")
    click.echo(out)
