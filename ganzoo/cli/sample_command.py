"""`ganzoo sample`: draws images from a trained generator."""

from __future__ import annotations

from pathlib import Path

import click

from ganzoo.cli.options import COUNT, path_option, seed_option
from ganzoo.cli.output import note
from ganzoo.cli.outputs import require_output
from ganzoo.errors import UsageError
from ganzoo.text import count as counted


@click.command("sample")
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--label", metavar="K", help="Draw this class only: its name, else its number.")
@click.option("--num", "count", type=COUNT, help="How many images [64].")
@seed_option
@click.option(
    "--truncation",
    metavar="PSI",
    type=float,
    help="More typical images, less varied ones: the largest latent value, or as the model has it.",
)
@path_option(
    "--out", default=Path("samples.png"), show_default=True, help="A .png grid, or a .npz; replaced."
)
@click.option("--device", metavar="NAME", default="auto", show_default=True, help="auto, cpu, cuda, mps.")
def command(
    run: Path,
    label: str | None,
    count: int | None,
    seed: int,
    truncation: float | None,
    out: Path,
    device: str,
) -> None:
    """Draw images from RUN, a run folder or a checkpoint file.

    A .npz holds `images` uint8 (N, H, W, C) and, for a conditional model, `labels` int64 (N,). Without
    --label, a conditional model draws every class as often as any other.

    With --truncation, latents come from the normal distribution truncated at PSI, a number above 0. A model
    with styles draws them towards their mean instead: PSI from 0, the mean image, to 1, as without.
    """
    if out.suffix not in (".png", ".npz"):
        raise UsageError(f"--out is a .png (grid) or a .npz (arrays), not {str(out)!r}")
    out = require_output(out, force=True)

    import torch

    from ganzoo.devices import choose_device
    from ganzoo.runs.trained import load
    from ganzoo.sampling.files import save_arrays, save_image
    from ganzoo.sampling.generation import generate
    from ganzoo.sampling.grids import GRID_COLUMNS, image_grid, require_grid
    from ganzoo.sampling.labels import choose_labels
    from ganzoo.sampling.latents import draw_latents
    from ganzoo.sampling.truncation import truncated

    trained = load(run)
    count = count or GRID_COLUMNS**2
    if out.suffix == ".png":
        require_grid(trained.generator.image, count)
    labels = choose_labels(trained.class_names, label, count)
    generator = trained.generator.to(choose_device(device))
    if truncation is not None:
        generator = truncated(generator, truncation)
    latents = draw_latents(count, generator.latent_dim, seed)
    batches = generate(generator, latents, labels)
    if out.suffix == ".png":
        save_image(image_grid(torch.cat(list(batches))), out)
    else:
        save_arrays(batches, labels, out)
    drawn = "" if labels is None or label is None else f", all of class {trained.class_names[labels[0]]}"
    note(f"{counted(count, 'image')} of step {trained.step:,} drawn{drawn}")
    click.echo(out)
