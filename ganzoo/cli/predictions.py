"""Predictions of whole trainings: every combination of settings, each by `ganzoo train --dry-run` in turn.

A process each, so that the memory is one training's, and so that one that dies takes nobody along.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any, Final

from ganzoo.benchmark.codec import decode
from ganzoo.benchmark.measure.choices import MOST_COMBINATIONS, Sweep, require_fitting
from ganzoo.benchmark.measure.processes import death, run, stoppable
from ganzoo.errors import UsageError
from ganzoo.plugins import lookup
from ganzoo.settings.configuration import NAME
from ganzoo.settings.merging import resolve
from ganzoo.training.foretold import Forecast

MODEL: Final = f"model.{NAME}"

_PATIENCE_SECONDS: Final = 3600.0
"""What preparing the data and the evaluations, and a few steps, may take at most."""

_ERROR: Final = "error: "
"""What the line of a command's mistake begins with."""


@dataclass(frozen=True)
class Planned:
    """A training that is to be foretold."""

    named: Mapping[str, str]
    """`section.key` to the value that this one has of those that were asked for."""
    refusal: str | None = None
    """Why it can't be had."""


@dataclass(frozen=True)
class Prediction:
    """What was found out about one."""

    named: Mapping[str, str]
    forecast: Forecast | None
    reason: str | None = None
    """Why there is no forecast."""


def plan(models: Sequence[str], sweep: Sweep, file: Mapping[str, Any]) -> list[Planned]:
    """Every combination of models and values, checked as `ganzoo train` checks it.

    Args:
        models: names; empty for the model of the file.
        sweep: settings to their values, each of which is combined with all others.
        file: a configuration, `section.key` to value, on which they are put.

    Raises:
        UsageError: no model is named, no training can be had, or a value fits none; with the reason.
    """
    names = tuple(dict.fromkeys(lookup.find("model", name).full_name for name in models))
    if not names and MODEL not in file:
        raise UsageError("ganzoo bench predict needs a MODEL, or --config FILE\nsee ganzoo list model")
    whole = {**({MODEL: names} if names else {}), **sweep}
    combinations = list(product(*whole.values()))
    if len(combinations) > MOST_COMBINATIONS:
        raise UsageError(f"{len(combinations):,} combinations are too many; at most {MOST_COMBINATIONS}")
    found = [_planned(dict(zip(whole, values, strict=True)), file) for values in combinations]
    refusals = [each.refusal for each in found if each.refusal is not None]
    if len(refusals) == len(found):
        raise UsageError(refusals[0])
    require_fitting([(each.named, each.refusal) for each in found], sweep)
    return found


def _planned(named: Mapping[str, str], file: Mapping[str, Any]) -> Planned:
    try:
        resolve(file, named)
    except UsageError as error:
        return Planned(named, str(error))
    return Planned(named)


def predict(
    planned: Sequence[Planned], config_file: Path | None, told: Callable[[int, Planned], None]
) -> list[Prediction]:
    """Foretells one training after the other.

    Args:
        planned: of `plan`.
        config_file: on which the settings of each are put.
        told: is told which one is next, counted from 1.

    Raises:
        Stopped: a signal has arrived; the process has been ended.
    """
    predictions = []
    with stoppable():
        for number, each in enumerate(planned, 1):
            told(number, each)
            predictions.append(
                _predicted(each.named, config_file)
                if each.refusal is None
                else Prediction(each.named, None, each.refusal)
            )
    return predictions


def _predicted(named: Mapping[str, str], config_file: Path | None) -> Prediction:
    words = ["train", *([named[MODEL]] if MODEL in named else []), "--dry-run", "--json"]
    words += [] if config_file is None else ["--config", str(config_file)]
    for key, value in named.items():
        words += [] if key == MODEL else ["--set", f"{key}={value}"]
    try:
        ended = run("ganzoo", words, "", _PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        return Prediction(named, None, f"its process had not finished after {_PATIENCE_SECONDS:,.0f} s")
    if ended.returncode:
        return Prediction(named, None, _reason(ended))
    return Prediction(named, decode(Forecast, json.loads(ended.stdout)))


def _reason(ended: subprocess.CompletedProcess[str]) -> str:
    """What the command said was wrong; how it ended where it said nothing."""
    said = [line.removeprefix(_ERROR) for line in ended.stderr.splitlines() if line.startswith(_ERROR)]
    return said[-1] if said else death(ended.returncode, ended.stderr)
