"""The figures on a card of weights: what `ganzoo evaluate RUN --json` has printed of the same checkpoint."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from ganzoo.errors import UsageError
from ganzoo.files import read_text
from ganzoo.runs.training_behind import Training
from ganzoo.text import rounded

_MOST: Final = 2**24
"""Bytes of a file of figures."""


def figures_for_card(path: Path, checkpoint: Path, training: Training) -> dict[str, tuple[float, str]]:
    """Values by metric, each with its interval and protocol.

    Args:
        path: what `ganzoo evaluate RUN --json` has printed.
        checkpoint: whose card it is.
        training: that of the checkpoint.

    Raises:
        UsageError: the file is no such thing, or says of another checkpoint.
    """
    try:
        said = json.loads(read_text(path, _MOST))
        measured = said["training"]
        about = _protocol(said["protocol"])
        figures = {
            figure["metric"]: (
                float(f"{figure['value']:.4g}"),
                f"{rounded(figure['low'])} to {rounded(figure['high'])}; {about}",
            )
            for figure in said["figures"]
        }
        if measured != asdict(training):
            raise _of_another(path, measured, checkpoint, training)
    except OSError as error:
        raise UsageError(f"{path} can't be read: {error.strerror or error}") from None
    except KeyError as error:
        raise UsageError(
            f"{path} is not what `ganzoo evaluate RUN --json` prints: it lacks {error}"
        ) from None
    except (AttributeError, RecursionError, TypeError, ValueError) as error:
        raise UsageError(f"{path} is not what `ganzoo evaluate RUN --json` prints: {error}") from None
    return figures


def _protocol(said: Mapping[str, Any]) -> str:
    named, normalisation = said["name"], said["samples"].get("batch_normalisation", "")
    return (
        (f"protocol {named}; " if named else "")
        + (f"batch normalisation {normalisation}; " if normalisation.startswith("standing") else "")
        + f"{said['samples']['count']:,} samples against {said['real']['count']:,} images of the "
        f"{said['real']['split']} split, {said['features']['plugin']}"
    )


def _of_another(
    path: Path, measured: Mapping[str, Any] | None, checkpoint: Path, training: Training
) -> UsageError:
    if measured is None:
        of_what = "images of a file"
    elif measured["step"] != training.step:
        of_what = f"step {measured['step']:,}"
    else:
        of_what = "another training"
    return UsageError(
        f"{path} has the figures of {of_what}, but {checkpoint} is step {training.step:,}\n"
        f"measure it: ganzoo evaluate {checkpoint} --metric all --json > {path}"
    )
