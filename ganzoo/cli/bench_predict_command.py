"""`ganzoo bench predict`: what whole trainings will take, next to each other, before one begins."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import click

from ganzoo.benchmark.measure.processes import Stopped, stoppable
from ganzoo.cli.bench_sweep import sweep_of, sweep_options
from ganzoo.cli.forecast_output import NOT_COUNTED, print_forecast, time_of, to_json
from ganzoo.cli.options import complete_plugins, json_option
from ganzoo.cli.output import note, print_json, print_table
from ganzoo.cli.predictions import MODEL, PlannedTraining, Prediction, plan, predict
from ganzoo.settings.configuration import NAME, RUN, TRAINING, parse_file
from ganzoo.tables import Field, table
from ganzoo.text import count, of_bytes

_OWN: Final = {
    "epochs": (f"{TRAINING}.epochs", "Passes over the training images."),
    "max_steps": (f"{TRAINING}.max_steps", "Stop after so many steps, whatever --epochs says."),
    "batch_size": (f"{TRAINING}.batch_size", "Real images in one update."),
    "learning_rate": (f"{TRAINING}.learning_rate", "Step size of the optimiser, for both networks."),
    "seed": (f"{TRAINING}.seed", "Decides weights, data order and noise."),
    "precision": (f"{TRAINING}.precision", "auto, fp32, tf32, bf16, fp16."),
    "compile": (f"{TRAINING}.compile", "Compiled networks: on, off, or on,off."),
}
"""Options of a training that has no plugin: name to key and help."""


def _training_options(command: Callable[..., Any]) -> Callable[..., Any]:
    for name, (_key, text) in reversed(_OWN.items()):
        command = click.option(f"--{name.replace('_', '-')}", name, metavar="LIST", help=text)(command)
    return command


@click.command("predict")
@click.argument("models", metavar="[MODEL]...", nargs=-1, shell_complete=complete_plugins("model"))
@sweep_options(lists=True, has_noise=False)
@_training_options
@click.option("--device", metavar="NAME", help="auto, cpu, cuda, cuda:1, mps.")
@json_option
def command(
    models: tuple[str, ...],
    assignments: tuple[str, ...],
    config_file: Path | None,
    device: str | None,
    as_json: bool,
    **options: Any,
) -> int:
    """Say how long trainings will take, in how much memory and on how much of the disk.

    \b
    ganzoo bench predict dcgan cgan acgan --dataset fashion-mnist
    ganzoo bench predict acgan --dataset fashion-mnist --recipe paper,fast
    ganzoo bench predict --config runs/.../config.json --batch-size 64,128

    Options that take a LIST sweep: there is a row for every combination. Of each, some steps are taken
    by a process of its own, as ganzoo train MODEL --dry-run takes them. No run is written.
    """  # noqa: D301, click's own mark against rewrapping
    own = [(key, options.pop(name)) for name, (key, _text) in _OWN.items()]
    sweep = sweep_of(options, (*(f"{key}={text}" for key, text in own if text is not None), *assignments))
    sweep |= {} if device is None else {f"{RUN}.device": (device,)}
    planned = plan(models, sweep, {} if config_file is None else parse_file(config_file))
    predictions, exit_code = _predict(planned, config_file)
    if as_json:
        print_json({"predictions": list(map(_to_json, predictions))})
    elif len(planned) == 1:
        _print_one(predictions)
    else:
        _print(predictions)
    return exit_code


def _predict(planned: Sequence[PlannedTraining], config_file: Path | None) -> tuple[list[Prediction], int]:
    """Foretells one after the other, and says so; what is known when a signal arrives is kept.

    Returns:
        What was found out, and the exit code: of the signal, or where nothing was foretold of what was wrong.
    """
    first = planned[0].named
    told = [key for key in first if key == MODEL or len({each.named[key] for each in planned}) > 1]
    predictions: list[Prediction] = []
    try:
        with stoppable():
            for number, each in enumerate(planned, 1):
                words = [f"{_heading(key)} {_bare(key, each.named[key])}" for key in told]
                note(f"{number:,}/{len(planned):,}{': ' if words else ''}{', '.join(words)}")
                predictions.append(predict(each, config_file))
    except Stopped as stopped:
        note(f"stopped as asked; until then {count(len(predictions), 'training')} had been looked at")
        return predictions, stopped.exit_code
    codes = {each.exit_code for each in predictions}
    return predictions, 0 if 0 in codes else codes.pop() if len(codes) == 1 else 1


def _to_json(prediction: Prediction) -> dict[str, Any]:
    found = prediction.forecast
    return {
        "settings": dict(prediction.named),
        "forecast": None if found is None else to_json(found),
        "reason": prediction.reason,
    }


def _print_one(predictions: Sequence[Prediction]) -> None:
    for each in predictions:  # none, where it was stopped
        if each.forecast is not None:
            print_forecast(each.forecast)
        else:
            note(f"error: {each.reason}")


def _print(predictions: Sequence[Prediction]) -> None:
    """A row for each training; what all of them share is said once."""
    if not predictions:
        return
    keys = dict.fromkeys(key for each in predictions for key in each.named)
    fields = [*map(_setting, keys), *_FIGURES]
    print_table(table(fields, predictions), dispensable=("seconds_per_step", "disk"))
    if any(each.forecast is not None for each in predictions):
        note(NOT_COUNTED)


def _heading(key: str) -> str:
    return key.removesuffix(f".{NAME}")


def _bare(key: str, value: str) -> str:
    """A value for people: an installed model without its distribution."""
    return value.rpartition(":")[2] if key == MODEL and "." not in value else value


def _setting(key: str) -> Field[Prediction]:
    return Field(
        name=f"settings.{key}",
        heading=_heading(key),
        value=lambda each: each.named[key],
        text=lambda each: _bare(key, each.named[key]),
        condition=key != MODEL,
    )


def _figure(
    name: str, heading: str, value: Callable[[Any], Any], text: Callable[[Any], str]
) -> Field[Prediction]:
    """A column of what was foretold; empty where nothing was."""
    return Field(
        name=name,
        heading=heading,
        value=lambda each: None if each.forecast is None else value(each.forecast),
        text=lambda each: text(each.forecast),
    )


_FIGURES: Final[tuple[Field[Prediction], ...]] = (
    _figure("steps", "steps", lambda found: found.steps, lambda found: f"{found.steps:,}"),
    _figure(
        "seconds_per_step",
        "ms/step",
        lambda found: found.seconds_per_step,
        lambda found: f"{1e3 * found.seconds_per_step:.3g}",
    ),
    _figure("seconds", "time", lambda found: found.seconds, lambda found: time_of(found.seconds)),
    _figure(
        "interval",
        "95 %",
        lambda found: " to ".join(map(str, found.interval)),
        lambda found: " to ".join(map(time_of, found.interval)),
    ),
    _figure(
        "memory",
        "memory",
        lambda found: found.memory,
        lambda found: of_bytes(found.memory),
    ),
    _figure("disk", "disk, up to", lambda found: found.disk, lambda found: of_bytes(found.disk)),
    Field(name="reason", heading="why not", value=lambda each: each.reason and each.reason.splitlines()[0]),
)
"""What is said of each training."""
