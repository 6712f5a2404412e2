"""`ganzoo import`: others' released weights, as weights of ours."""

from __future__ import annotations

from pathlib import Path

import click

from ganzoo.cli.options import complete_plugins, path_option
from ganzoo.cli.output import note
from ganzoo.cli.outputs import force_option, require_output
from ganzoo.errors import UsageError


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--as", "model", required=True, shell_complete=complete_plugins("model"), help="The model it is of."
)
@path_option("--out", default=Path("weights.safetensors"), show_default=True, help="The file to write.")
@force_option
def command(file: Path, model: str, out: Path, force: bool) -> None:
    """Turn FILE, a checkpoint that others have released, into weights in safetensors.

    \b
    ganzoo import ffhq.pkl --as stylegan2
    ganzoo import network-snapshot-final.pkl --as r3gan-conditional --out cifar.safetensors
    ganzoo import model=G_ema-best-weights-step=92000.pth --as biggan

    It takes the pickles of StyleGAN2-ADA and R3GAN, and the generators of PyTorch-StudioGAN's BigGAN and
    ReACGAN. Nothing in a pickle is run: tensors and plain containers are made of it, and whatever else it
    names is refused. Classes have no names there: they are called by number.
    """  # noqa: D301, click's own mark against rewrapping
    if out.suffix != ".safetensors":
        raise UsageError(f"--out is a .safetensors, not {str(out)!r}")
    out = require_output(out, force=force)

    from ganzoo.runs.importing import import_released

    gan = import_released(file, model, out)
    classes = f", {gan.num_classes} classes" if gan.num_classes else ""
    note(f"{model}, {gan.image}{classes}; next: ganzoo sample {out}")
    click.echo(out)
