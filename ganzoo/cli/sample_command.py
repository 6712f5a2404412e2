"""`ganzoo sample`: draws images from a trained generator."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from ganzoo.cli.options import COUNT, SEED, path_option
from ganzoo.cli.output import note
from ganzoo.cli.outputs import require_output
from ganzoo.errors import UsageError
from ganzoo.text import count as counted

_FILMS: Final = (".gif", ".mp4")


@click.command("sample")
@click.argument("run", type=click.Path(path_type=Path))
@click.option(
    "--label", metavar="K", help="Draw this class only: its name, else its number; --walk takes several, A,B."
)
@click.option("--num", "count", type=COUNT, help="How many images [64; a .png 8 of each class].")
@click.option("--seed", type=SEED, help="Decides the noise [0].")
@click.option(
    "--seeds", metavar="LIST", help="One image a seed, in place of --seed and --num: 0-63 or 3,7,20-29."
)
@click.option(
    "--truncation",
    metavar="PSI",
    type=float,
    help="More typical images, less varied ones: the largest latent value, or as the model has it.",
)
@click.option(
    "--walk", "steps", metavar="N", type=COUNT, help="The way from image to image, in N images each."
)
@click.option(
    "--directions", metavar="N", type=COUNT, help="An image moved along its N strongest directions."
)
@path_option(
    "--out",
    default=Path("samples.png"),
    show_default=True,
    help="A .png, a .npz, or of a walk a .gif or .mp4; replaced.",
)
@click.option("--device", metavar="NAME", default="auto", show_default=True, help="auto, cpu, cuda, mps.")
def command(
    run: Path,
    label: str | None,
    count: int | None,
    seed: int | None,
    seeds: str | None,
    truncation: float | None,
    steps: int | None,
    directions: int | None,
    out: Path,
    device: str,
) -> None:
    """Draw images from RUN: a run folder, a checkpoint file, or the name of weights.

    \b
    ganzoo sample runs/... --label 7 --num 20
    ganzoo sample runs/... --seeds 0-63
    ganzoo sample runs/... --walk 24 --seeds 0-3 --out walk.gif
    ganzoo sample runs/... --walk 24 --label cat,dog --out walk.gif
    ganzoo sample runs/... --directions 5 --seed 3

    A .png is a grid; of several classes it has a row for each, with its name. A .npz holds `images` uint8
    (N, H, W, C) and, for a conditional model, `labels` int64 (N,). Without --label, a conditional model
    draws every class as often as any other.

    With --truncation, latents come from the normal distribution truncated at PSI, a number above 0. A model
    with styles draws them towards their mean instead: PSI from 0, the mean image, to 1, as without.
    """  # noqa: D301, click's own mark against rewrapping
    films = _FILMS if steps is not None else ()
    if out.suffix not in (".png", ".npz", *films):
        also = ", a .gif or an .mp4 (film)" if films else "; a walk may be a .gif"
        raise UsageError(f"--out is a .png (grid) or a .npz (arrays){also}, not {str(out)!r}")
    if seeds is not None and (seed is not None or (count is not None)):
        raise UsageError("--seeds names every image: leave --seed and --num out")
    if count is not None and (steps is not None or directions is not None):
        raise UsageError("--num is of plain images: a walk and directions have as many as they need")
    out = require_output(out, force=True)

    from ganzoo.devices import choose_device
    from ganzoo.runs.trained import load
    from ganzoo.sampling import drawing as drawings
    from ganzoo.sampling.files import save_arrays, save_image
    from ganzoo.sampling.films import require_encoder, save_film
    from ganzoo.sampling.grids import GRID_COLUMNS, require_grid
    from ganzoo.sampling.seeds import parse_seeds
    from ganzoo.sampling.truncation import truncated

    require_encoder(out)
    drawings.require_ways(steps, directions, truncation)
    listed = None if seeds is None else parse_seeds(seeds)
    first = listed[0] if listed else seed or 0
    trained = load(run)
    names = trained.class_names
    usual = drawings.usual_count(names, label) if out.suffix == ".png" else GRID_COLUMNS**2
    count = len(listed) if listed else count or usual
    if out.suffix == ".png" and steps is None and directions is None:
        require_grid(trained.generator.image, count)
    generator = trained.generator.to(choose_device(device))
    if truncation is not None:
        generator = truncated(generator, truncation)
    if steps is not None:
        drawing = drawings.draw_walk(generator, names, label, listed or [first], steps)
    elif directions is not None:
        drawing = drawings.draw_directions(generator, names, label, first, directions)
    else:
        drawing = drawings.draw_images(generator, names, label, listed or first, count)
    if out.suffix == ".npz":
        save_arrays(drawing.batches, drawing.labels, out)
    elif out.suffix == ".png":
        require_grid(trained.generator.image, drawing.count)
        save_image(drawings.picture(drawing), out)
    else:
        save_film(drawings.whole(drawing), out)
    of_class = "" if drawing.labels is None or label is None else f", all of class {names[drawing.labels[0]]}"
    note(f"{counted(drawing.count, 'image')} of step {trained.step:,} drawn{of_class}")
    click.echo(out)
