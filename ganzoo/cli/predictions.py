"""Predictions of whole trainings: every combination of settings, each by `ganzoo train --dry-run` in turn.

A process each, so that the memory is one training's, and so that one that dies takes nobody along.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ganzoo.benchmark.codec import decode
from ganzoo.benchmark.measure.choices import Sweep, combinations, require_fitting
from ganzoo.benchmark.measure.processes import death, run
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
class PlannedTraining:
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
    """Why there is no forecast, and what to do about it; the first line says what is wrong."""
    exit_code: int = 0
    """That of the command which would have trained so."""


def plan(models: Sequence[str], sweep: Sweep, file: Mapping[str, Any]) -> list[PlannedTraining]:
    """Every combination of models and values, checked as `ganzoo train` checks it.

    Args:
        models: names; empty for the model of the file.
        sweep: settings to their values, each of which is combined with all others.
        file: a configuration, `section.key` to value, on which they are put.

    Raises:
        UsageError: no model is named, no training can be had, or a value fits none; with the reason.
    """
    if MODEL in sweep:
        raise UsageError(f"--set {MODEL}: name the models instead: ganzoo bench predict MODEL MODEL")
    names = tuple(dict.fromkeys(lookup.find("model", name).full_name for name in models))
    if not names and MODEL not in file:
        raise UsageError("ganzoo bench predict needs a MODEL, or --config FILE\nsee ganzoo list model")
    whole = {**({MODEL: names} if names else {}), **sweep}
    found = [_planned(named, file) for named in combinations(whole)]
    refusals = [each.refusal for each in found if each.refusal is not None]
    if len(refusals) == len(found):
        raise UsageError(refusals[0])
    require_fitting([(each.named, each.refusal) for each in found], sweep)
    return found


def _planned(named: Mapping[str, str], file: Mapping[str, Any]) -> PlannedTraining:
    try:
        resolve(file, named)
    except UsageError as error:
        return PlannedTraining(named, str(error))
    return PlannedTraining(named)


def predict(planned: PlannedTraining, config_file: Path | None) -> Prediction:
    """Foretells one training.

    Args:
        planned: of `plan`.
        config_file: on which its settings are put.

    Raises:
        Stopped: a signal has arrived, within `stoppable`; the process has been ended.
    """
    named = planned.named
    if planned.refusal is not None:
        return Prediction(named, None, planned.refusal, UsageError.exit_code)
    words = ["train", *([named[MODEL]] if MODEL in named else []), "--dry-run", "--json"]
    words += [] if config_file is None else ["--config", str(config_file)]
    for key, value in named.items():
        words += [] if key == MODEL else ["--set", f"{key}={value}"]
    try:
        ended = run("ganzoo", words, "", _PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        return Prediction(named, None, f"its process had not finished after {_PATIENCE_SECONDS:,.0f} s", 1)
    if ended.returncode:
        return Prediction(named, None, _reason(ended), max(1, ended.returncode))
    try:
        return Prediction(named, decode(Forecast, json.loads(ended.stdout)))
    except ValueError as error:  # a plugin has ended the process in its own way
        return Prediction(named, None, f"its process answered nonsense: {error}", 1)


def _reason(ended: subprocess.CompletedProcess[str]) -> str:
    """What the command said was wrong, and to do about it; how it ended where it said nothing."""
    lines = ended.stderr.rstrip().splitlines()
    begins = [place for place, line in enumerate(lines) if line.startswith(_ERROR)]
    if not begins:
        return death(ended.returncode, ended.stderr)
    return "\n".join(lines[begins[-1] :]).removeprefix(_ERROR)
