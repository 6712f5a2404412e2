"""`ganzoo train`: trains a model on a data set."""

from __future__ import annotations

import dataclasses
import gc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ganzoo.cli.options import complete_plugins, path_option, plugin_kinds, plugin_options
from ganzoo.cli.output import note, print_json
from ganzoo.cli.streams import own_stdout
from ganzoo.errors import UsageError
from ganzoo.plugins.recorded import told
from ganzoo.runs.record import recorded_versions
from ganzoo.settings.configuration import NAME, RUN, TRAINING, Configuration, parse_file
from ganzoo.settings.merging import require_resumable, resolve
from ganzoo.settings.recipes import NO_RECIPE, RECIPE
from ganzoo.settings.run import RunSettings
from ganzoo.settings.values import parse_assignment

if TYPE_CHECKING:
    import torch

    from ganzoo.training.evaluations import Evaluate


@click.command("train")
@click.argument("model", required=False, shell_complete=complete_plugins("model"))
@click.option("--recipe", metavar="NAME", help="Which of the model's recipes [paper]; see ganzoo show MODEL.")
@plugin_options
@click.option("--epochs", metavar="N", help="Passes over the training images.")
@click.option("--max-steps", metavar="N", help="Stop after so many steps, whatever --epochs says.")
@click.option("--batch-size", metavar="N", help="Real images in one update.")
@click.option("--learning-rate", metavar="X", help="Step size of the optimiser, for both networks.")
@click.option("--seed", metavar="N", help="Decides weights, data order and noise.")
@click.option("--device", metavar="NAME", help="auto, cpu, cuda, cuda:1, mps.")
@click.option("--precision", metavar="NAME", help="auto, fp32, tf32, bf16, fp16.")
@click.option("--compile", is_flag=True, default=None, help="Compile both networks; for long runs.")
@click.option("--stop-on-collapse", is_flag=True, default=None, help="End the run when it has collapsed.")
@click.option(
    "--sample-every", metavar="STEPS", help="Steps between sample grids [one an epoch; more by time]."
)
@click.option("--checkpoint-every", metavar="STEPS", help="Steps between checkpoints [one an epoch].")
@click.option(
    "--evaluate-every", metavar="STEPS", help="Steps between evaluations; keeps the best checkpoint."
)
@path_option("--data-dir", metavar="DIR", help="Folder with the data set's files.")
@click.option("--set", "assignments", metavar="SECTION.KEY=VALUE", multiple=True, help="Any setting.")
@path_option("--config", "config_file", metavar="FILE", help="Settings in TOML, or a run's config.json.")
@click.option("--init-from", metavar="RUN|WEIGHTS", help="Start from these weights, as far as they fit.")
@click.option(
    "--freeze", metavar="discriminator:N", help="Don't train its first N blocks, those of --init-from."
)
@path_option("--resume", metavar="RUN", help="Go on with a run, exactly where it stopped.")
@click.option("--dry-run", is_flag=True, help="Say what it will take, from a few steps; write no run.")
@click.option("--json", "as_json", is_flag=True, help="With --dry-run: print one JSON object.")
@path_option("--out", metavar="DIR", help="Run folder, new or empty [a new one below runs/].")
def command(
    model: str | None,
    assignments: tuple[str, ...],
    config_file: Path | None,
    resume: Path | None,
    freeze: str | None,
    dry_run: bool,
    as_json: bool,
    out: Path | None,
    **options: Any,
) -> None:
    """Train MODEL on a data set, with the model's published settings unless told otherwise.

    \b
    ganzoo train dcgan --dataset cifar10
    ganzoo train acgan --dataset fashion-mnist --recipe fast
    ganzoo train dcgan --dataset cifar10 --dry-run
    ganzoo train cgan --dataset fashion-mnist --conditioning one-hot
    ganzoo train dcgan --dataset digits --set model.latent_dim=64
    ganzoo train --config runs/.../config.json
    ganzoo train --resume runs/... --epochs 200
    ganzoo train --init-from runs/... --dataset digits --freeze discriminator:2
    torchrun --nproc-per-node 2 -m ganzoo train cgan --dataset fashion-mnist

    The run folder holds checkpoints, sample grids, metrics.jsonl and config.json. Press Ctrl-C to
    stop: a checkpoint is written first. Settings of a plugin: ganzoo show NAME.
    """  # noqa: D301, click's own mark against rewrapping
    if as_json and not dry_run:
        raise UsageError("--json is of --dry-run; a run's figures are in its metrics.jsonl, as JSON")
    given = _settings(options) | _frozen(freeze) | dict(parse_assignment(text) for text in assignments)
    if resume is not None:
        if dry_run:
            raise UsageError("--dry-run is for a new training: name MODEL or --config instead of --resume")
        if model or config_file or out:
            raise UsageError("--resume RUN needs no MODEL, --config or --out: the run has its own")
        require_resumable(given)
    else:
        file = {} if config_file is None else parse_file(config_file)
        chosen = {} if model is None else {f"model.{NAME}": model}
        if file.get(f"model.{RECIPE}") == NO_RECIPE and f"model.{RECIPE}" in given:
            raise UsageError(
                f"{config_file} has every setting of its run, so that no recipe is to come beneath it\n"
                "name the model and the data set instead of --config, or leave --recipe out"
            )
        with _told(config_file):
            configuration = _resolve(file, chosen | given)
        if configuration.run is not None and configuration.run.evaluate_every:
            from ganzoo.evaluation.selection import protocol_of, require_known_goal, selection_of

            selection_of(configuration)
            protocol_of(configuration)
            require_known_goal(configuration)

    gc.disable()  # nothing of what is imported is garbage, and looking through it takes a fifth of the time
    from ganzoo.cli.progress import progress
    from ganzoo.environment import describe_environment
    from ganzoo.training import loop

    gc.freeze()
    gc.enable()

    if dry_run:
        from ganzoo.cli.forecast_output import print_forecast, to_json
        from ganzoo.training.forecast import forecast

        with own_stdout(), progress() as observer:
            found = forecast(configuration, observer, _make_evaluation)
        if found is not None and as_json:
            print_json(to_json(found))
        elif found is not None:
            print_forecast(found)
        return
    with progress() as observer:
        if resume is not None:
            run = loop.resume(resume, given, observer, _make_evaluation)
        else:
            run = loop.train(configuration, out, describe_environment(), observer, _make_evaluation)
    if run is not None:
        note(f"from noise to now: {run.samples / 'strip.png'}")
        click.echo(run.path)


@contextmanager
def _told(config_file: Path | None) -> Iterator[None]:
    """Says of a plugin that is missing which version the run of a config.json had, and how to do without."""
    if config_file is None:
        yield
        return
    with told(recorded_versions(config_file.parent), "or take another: name MODEL, or --KIND NAME"):
        yield


def _make_evaluation(configuration: Configuration, device: torch.device) -> Evaluate:
    """What `run.evaluate_every` asks for, imported where it does."""
    from ganzoo.evaluation.periodic import make_evaluation

    return make_evaluation(configuration, device)


def _settings(options: dict[str, Any]) -> dict[str, Any]:
    """Options as configuration: those that choose a plugin, those of the training and those of the run."""
    keys = {kind.name.replace("-", "_"): f"{kind.name}.{NAME}" for kind in plugin_kinds()}
    keys[RECIPE] = f"model.{RECIPE}"
    keys |= {field.name: f"{RUN}.{field.name}" for field in dataclasses.fields(RunSettings)}
    return {
        keys.get(name, f"{TRAINING}.{name}"): str(value) if isinstance(value, Path) else value
        for name, value in options.items()
        if value is not None and value != ()
    }


def _frozen(freeze: str | None) -> dict[str, Any]:
    """The setting that `--freeze discriminator:N` stands for."""
    if freeze is None:
        return {}
    player, _, number = freeze.partition(":")
    if player != "discriminator" or not number.isdecimal():
        raise UsageError(
            f"--freeze takes discriminator:N, the first N blocks of the discriminator, not {freeze!r}"
        )
    return {f"{TRAINING}.frozen_blocks": number}


def _resolve(file: dict[str, Any], given: dict[str, Any]) -> Configuration:
    """The configuration; torch is imported only where weights have to be read for it."""
    if not {**file, **given}.get(f"{TRAINING}.init_from"):
        return resolve(file, given)
    from ganzoo.runs import ancestry

    return ancestry.resolve(file, given)
