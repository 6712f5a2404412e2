"""`ganzoo export`: takes a trained generator out of the zoo."""

from __future__ import annotations

from pathlib import Path

import click

from ganzoo.cli.options import path_option
from ganzoo.cli.output import note
from ganzoo.cli.outputs import force_option, require_output
from ganzoo.errors import UsageError

_FORMATS = ("onnx", "torch-export", "safetensors", "card")
_PRECISIONS = ("fp32", "fp16")


@click.command("export")
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--format", "format_name", type=click.Choice(_FORMATS), required=True, help="What to write.")
@click.option(
    "--precision",
    type=click.Choice(_PRECISIONS),
    default="fp32",
    show_default=True,
    help="Of weights and arithmetic; fp16 is for onnx. Latents and images are float32 in either.",
)
@path_option("--out", metavar="FILE", help="The file to write [generator.SUFFIX; a card goes into RUN].")
@force_option
def command(run: Path, format_name: str, precision: str, out: Path | None, force: bool) -> None:
    """Write the generator of RUN, a run folder or a checkpoint file, for other programs.

    \b
    onnx          for any runtime of ONNX; needs the extra `export`
    torch-export  for torch without GanZoo: torch.export.load("generator.pt2").module()
    safetensors   the generator alone, without what only training needs; `ganzoo sample` reads it
    card          README.md in the run folder, which a model hub then shows as it is

    Inputs are `latents` (batch, latent_dim) float32, standard normal, and for a conditional model
    `labels` (batch,) int64; the output is `images` (batch, channels, height, width) float32 in [-1, 1].
    A label that names no class, such as -1, is an error. Before a file appears, it has drawn the same
    images as the generator: to 0.13 of 256 levels, or in fp16 to 4.
    """  # noqa: D301, click's own mark against rewrapping
    if format_name == "card" and out is not None:
        raise UsageError("a card is README.md in the run folder: --format card takes no --out")
    if format_name == "card" and precision != "fp32":
        raise UsageError("a card holds no weights: --format card takes no --precision")

    from ganzoo.export.card import CARD, write_card
    from ganzoo.export.formats import FORMATS, export
    from ganzoo.runs.folder import open_run
    from ganzoo.runs.trained import load

    if format_name == "card":
        described = open_run(run)
        require_output(described.path / CARD, force=force, option="")
        click.echo(write_card(described))
        return
    out = require_output(out or Path(f"generator{FORMATS[format_name].suffix}"), force=force)
    trained = load(run)
    difference = export(trained, format_name, out, precision=precision)
    levels = f"{127.5 * difference:.1g} of 256 levels"  # of the range [-1, 1]
    note(f"step {trained.step:,}; its images differ from the generator's by {levels} at most")
    click.echo(out)
