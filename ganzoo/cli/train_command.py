"""`ganzoo train`: trains a model on a data set."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ganzoo import config
from ganzoo.cli.options import complete_plugins, path_option
from ganzoo.cli.output import note
from ganzoo.errors import UsageError
from ganzoo.evaluation.selection import selection_of
from ganzoo.training.settings import require_changeable, training_settings


@click.command("train")
@click.argument("model", required=False, shell_complete=complete_plugins("model"))
@click.option("--dataset", metavar="NAME", shell_complete=complete_plugins("dataset"), help="Data set.")
@click.option(
    "--upsampling", metavar="NAME", shell_complete=complete_plugins("upsampling"), help="Component."
)
@click.option(
    "--conditioning", metavar="NAME", shell_complete=complete_plugins("conditioning"), help="Component."
)
@click.option("--objective", metavar="NAME", shell_complete=complete_plugins("objective"), help="Losses.")
@click.option(
    "--regularisation",
    metavar="NAME",
    shell_complete=complete_plugins("regularisation"),
    help="What holds the discriminator back, or none.",
)
@click.option(
    "--augmentation",
    metavar="NAME",
    shell_complete=complete_plugins("augmentation"),
    help="What the discriminator sees transformed, or none.",
)
@click.option("--epochs", metavar="N", help="Passes over the training images.")
@click.option("--max-steps", metavar="N", help="Stop after so many steps, whatever --epochs says.")
@click.option("--batch-size", metavar="N", help="Real images in one step.")
@click.option("--learning-rate", metavar="X", help="Step size of Adam, for both networks.")
@click.option("--seed", metavar="N", help="Decides weights, data order and noise.")
@click.option("--device", metavar="NAME", help="auto, cpu, cuda, cuda:1, mps.")
@click.option("--precision", metavar="NAME", help="auto, fp32, tf32, bf16, fp16.")
@click.option("--compile", is_flag=True, default=None, help="Compile both networks; for long runs.")
@click.option("--stop-on-collapse", is_flag=True, default=None, help="End the run when it has collapsed.")
@click.option("--tensorboard", is_flag=True, default=None, help="Write for TensorBoard too; needs the extra.")
@click.option("--sample-every", metavar="STEPS", help="Steps between sample grids [one an epoch].")
@click.option("--checkpoint-every", metavar="STEPS", help="Steps between checkpoints [one an epoch].")
@click.option(
    "--evaluate-every", metavar="STEPS", help="Steps between evaluations; keeps the best checkpoint."
)
@path_option("--data-dir", metavar="DIR", help="Folder with the data set's files.")
@click.option("--set", "assignments", metavar="SECTION.KEY=VALUE", multiple=True, help="Any setting.")
@path_option("--config", "config_file", metavar="FILE", help="Settings in TOML, or a run's config.json.")
@path_option("--resume", metavar="RUN", help="Go on with a run, exactly where it stopped.")
@path_option("--out", metavar="DIR", help="Run folder, new or empty [a new one below runs/].")
def command(
    model: str | None,
    assignments: tuple[str, ...],
    config_file: Path | None,
    resume: Path | None,
    out: Path | None,
    **options: Any,
) -> None:
    """Train MODEL on a data set, with the model's published settings unless told otherwise.

    \b
    ganzoo train dcgan --dataset cifar10
    ganzoo train cgan --dataset fashion-mnist --conditioning one-hot
    ganzoo train dcgan --dataset digits --set model.latent_dim=64
    ganzoo train --config runs/.../config.json
    ganzoo train --resume runs/... --epochs 200
    torchrun --nproc-per-node 2 -m ganzoo train cgan --dataset fashion-mnist

    The run folder holds checkpoints, sample grids, metrics.jsonl and config.json. Press Ctrl-C to
    stop: a checkpoint is written first. Settings of a plugin: ganzoo show NAME.
    """  # noqa: D301, click's own mark against rewrapping
    given = _settings(options) | dict(config.parse_assignment(text) for text in assignments)
    if resume is not None:
        if model or config_file or out:
            raise UsageError("--resume RUN needs no MODEL, --config or --out: the run has its own")
        require_changeable(given)
    else:
        file = {} if config_file is None else config.parse_file(config_file)
        chosen = {} if model is None else {f"model.{config.NAME}": model}
        configuration = config.resolve(file, chosen | given)
        if training_settings(configuration).evaluate_every:
            selection_of(configuration)

    from ganzoo.cli.progress import progress
    from ganzoo.environment import describe_environment
    from ganzoo.evaluation.periodic import make_evaluation
    from ganzoo.training import loop

    with progress() as observer:
        if resume is not None:
            run = loop.resume(resume, given, observer, make_evaluation)
        else:
            run = loop.train(configuration, out, describe_environment(), observer, make_evaluation)
    if run is not None:
        note(f"from noise to now: {run.samples / 'strip.png'}")
        click.echo(run.path)


def _settings(options: dict[str, Any]) -> dict[str, Any]:
    """Options as configuration: those that choose a plugin, and those of training itself."""
    chosen = {key: value for key, value in options.items() if value is not None}
    return {
        (f"{key}.{config.NAME}" if key in _PLUGIN_OPTIONS else f"{config.TRAINING}.{key}"): (
            str(value) if isinstance(value, Path) else value
        )
        for key, value in chosen.items()
    }


_PLUGIN_OPTIONS = ("dataset", "upsampling", "conditioning", "objective", "regularisation", "augmentation")
