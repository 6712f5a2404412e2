"""`ganzoo export`: takes a trained generator out of the zoo."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click
from click.shell_completion import CompletionItem

from ganzoo.cli.options import complete_plugins, path_option
from ganzoo.cli.output import note
from ganzoo.cli.outputs import force_option, require_ending, require_output
from ganzoo.errors import UsageError
from ganzoo.plugins import discovery
from ganzoo.settings.values import parse_assignment

_OWN: Final = ("safetensors", "card")
"""What GanZoo writes for itself and for hubs, beside what exporters write."""

_PRECISIONS: Final = ("fp32", "fp16")


class _Format(click.Choice[str]):
    """An installed exporter, one in a file or module, or one of `_OWN`."""

    def __init__(self) -> None:
        super().__init__(())

    @property
    def choices(self) -> tuple[str, ...]:  # what is installed now, not at import
        """The names of all."""
        return (*(plugin.name for plugin in discovery.discover().of_kind("exporter")), *_OWN)

    @choices.setter
    def choices(self, value: object) -> None:
        pass

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The name as it is typed."""
        return value if ":" in value else super().convert(value, param, ctx)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """What begins so."""
        own = [CompletionItem(name) for name in _OWN if name.startswith(incomplete)]
        return [*complete_plugins("exporter")(ctx, param, incomplete), *own]


@click.command("export")
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--format", "format_name", metavar="NAME", type=_Format(), required=True, help="What to write.")
@click.option(
    "--precision",
    type=click.Choice(_PRECISIONS),
    default="fp32",
    show_default=True,
    help="Of weights and arithmetic, where the format has it. Latents and images are float32 in either.",
)
@click.option(
    "--set", "assignments", metavar="exporter.KEY=VALUE", multiple=True, help="A setting of the format."
)
@path_option("--out", metavar="FILE", help="The file to write [generator.SUFFIX; a card goes into RUN].")
@force_option
def command(
    run: Path,
    format_name: str,
    precision: str,
    assignments: tuple[str, ...],
    out: Path | None,
    force: bool,
) -> None:
    """Write the generator of RUN for other programs: a run folder, a checkpoint file, the name of weights.

    The formats are plugins, ONNX and torch.export among them (`ganzoo list exporter`), and two of our own:

    \b
    safetensors   the generator alone, without what only training needs; `ganzoo sample` reads it
    card          README.md in the run folder, which a model hub then shows as it is

    Inputs are `latents` (batch, latent_dim) float32, standard normal, and for a conditional model
    `labels` (batch,) int64; the output is `images` (batch, channels, height, width) float32 in [-1, 1].
    Before a file appears, it has drawn the same images as the generator, as far as the format allows.
    """  # noqa: D301, click's own mark against rewrapping
    if format_name == "card" and (out is not None or assignments):
        raise UsageError(
            f"a card is README.md in the run folder: --format card takes no {'--out' if out else '--set'}"
        )
    if format_name == "card" and precision != "fp32":
        raise UsageError("a card holds no weights: --format card takes no --precision")

    from ganzoo.export.card import CARD, write_card
    from ganzoo.export.formats import export, suffix_of
    from ganzoo.runs.folder import open_run
    from ganzoo.runs.trained import load

    if format_name == "card":
        described = open_run(run)
        require_output(described.path / CARD, force=force, option="")
        click.echo(write_card(described))
        return
    suffix = suffix_of(format_name)
    out = Path(f"generator{suffix}") if out is None else out
    require_ending(out, suffix, f"--format {format_name}")
    out = require_output(out, force=force)
    trained = load(run)
    settings = dict(parse_assignment(text) for text in assignments)
    difference = export(trained, format_name, out, precision=precision, settings=settings)
    levels = "" if difference is None else f"{127.5 * difference:.1g} of 256 levels"  # of the range [-1, 1]
    compared = f"its images differ from the generator's by {levels} at most" if levels else "not compared"
    note(f"step {trained.step:,}; {compared}")
    click.echo(out)
