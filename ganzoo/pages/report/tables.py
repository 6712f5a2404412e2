"""The tables of a report: runs at a glance, settings and environments side by side, evaluations."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any, Final

from ganzoo.errors import UsageError
from ganzoo.files import read_text
from ganzoo.pages.report.history import History, is_number, thinned
from ganzoo.settings.configuration import NAME, RUN
from ganzoo.text import duration, leaves, printable, rounded

_MOST: Final = 2**20
"""Bytes of a file of evaluations."""

_CELL: Final = 200
"""Characters of a cell that are shown."""

_NOTE: Final = 2000
"""Characters of a note below a table that are shown."""

_EVALUATIONS: Final = 40
"""The most evaluations of a run in its table."""

_FIGURES: Final = 12
"""The most figures of an evaluation in a table."""

DATA_DIR: Final = f"{RUN}.data_dir"
"""Not shown: the folder of the data concerns nobody else, and would tell of the machine."""

_ABSENT: Final = "–"
"""What a cell shows where nothing is known."""

_DIRECTIONS: Final = {True: " (lower is better)", False: " (higher is better)"}


@dataclass(frozen=True)
class PageRow:
    """A row of a table."""

    cells: tuple[str, ...]
    is_different: bool = False
    """Whether the runs differ here."""


@dataclass(frozen=True)
class PageTable:
    """A table with a caption; the first cell of a row says what the row is."""

    caption: str
    headings: tuple[str, ...]
    rows: tuple[PageRow, ...]
    notes: tuple[str, ...] = ()
    """Sentences below the table."""


def overview(histories: Sequence[History]) -> PageTable:
    """Each run at a glance."""
    table = _side_by_side("Runs", histories, [_glance(history) for history in histories])
    # What was measured always differs; that is worth no colour.
    return replace(table, rows=tuple(replace(row, is_different=False) for row in table.rows))


def _glance(history: History) -> dict[str, str]:
    last: Mapping[str, Any] = history.lines[-1] if history.lines else {}
    speeds = [line["images_per_second"] for line in history.lines if is_number(line.get("images_per_second"))]
    glance = {
        "model": history.model,
        "data set": history.dataset,
        "steps": _number(last.get("step")),
        "epochs": _number(last.get("epoch")),
        "time": _duration(last.get("seconds")),
        "images a second (median)": _number(median(speeds)) if speeds else _ABSENT,
        "discriminator's loss, last": _number(last.get("discriminator_loss")),
        "generator's loss, last": _number(last.get("generator_loss")),
    }
    figures = dict(history.evaluations[-1]["evaluation"]) if history.evaluations else {}
    shown = list(figures.items())[:_FIGURES]
    return glance | {f"{printable(name)}, last": _figure(figure) for name, figure in shown}


def settings(histories: Sequence[History]) -> PageTable:
    """Every setting of every run, but where its data lay."""
    columns = [
        {key.removesuffix(f".{NAME}"): value for key, value in history.settings.items() if key != DATA_DIR}
        for history in histories
    ]
    return _side_by_side("Settings", histories, columns)


def environment(histories: Sequence[History]) -> PageTable:
    """What each run ran on."""
    return _side_by_side("Environment", histories, [history.environment for history in histories])


def recorded_evaluations(history: History) -> PageTable | None:
    """The evaluations during a training; None where there were none."""
    names = list(dict.fromkeys(name for line in history.evaluations for name in line["evaluation"]))[
        :_FIGURES
    ]
    if not names:
        return None
    rows = tuple(
        PageRow((_number(line["step"]), *(_figure(line["evaluation"].get(name)) for name in names)))
        for line in thinned(history.evaluations, _EVALUATIONS)
    )
    caption = f"{history.name}: evaluations during training, with 95 % intervals"
    return PageTable(caption, ("step", *map(printable, names)), rows)


def read_evaluation(path: Path) -> PageTable:
    """The table of a file that `ganzoo evaluate --json` has printed, of one source or several.

    Raises:
        UsageError: the file can't be read, or is something else.
    """
    try:
        document = json.loads(read_text(path, _MOST))
        evaluations = document.get("reports") or [document]
        return _evaluations(f"Evaluation {path.stem}, with 95 % intervals", evaluations)
    except OSError as error:
        raise UsageError(f"the evaluation {path} can't be read: {error.strerror or error}") from None
    except (AttributeError, IndexError, KeyError, TypeError, ValueError, RecursionError):
        raise UsageError(
            f"{path} is no evaluation; write one with: ganzoo evaluate RUN --json > {path.name}"
        ) from None


def _evaluations(caption: str, evaluations: Sequence[Mapping[str, Any]]) -> PageTable:
    """A column for each evaluation, as `Evaluation.to_json` gives it; a damaged one raises any error."""
    columns = [{figure["name"]: figure for figure in each["figures"]} for each in evaluations]
    directions = {name: figure["is_lower_better"] for column in columns for name, figure in column.items()}
    rows = tuple(
        PageRow(
            (
                printable(str(name)) + _DIRECTIONS.get(direction, ""),
                *(_figure(column.get(name)) for column in columns),
            )
        )
        for name, direction in directions.items()
    )
    protocol = leaves(dict(evaluations[0]["protocol"]))
    facts = ", ".join(f"{key} {value}" for key, value in protocol if value is not None)
    warnings = [f"Warning: {warning}" for each in evaluations for warning in each["warnings"]]
    return PageTable(
        caption,
        ("figure", *(printable(Path(str(each["samples"])).name) for each in evaluations)),
        rows,
        tuple(printable(note, _NOTE) for note in (*warnings, f"Protocol: {facts}")),
    )


def _side_by_side(
    caption: str, histories: Sequence[History], columns: Sequence[Mapping[str, Any]]
) -> PageTable:
    keys = dict.fromkeys(key for column in columns for key in column)
    rows = []
    for key in keys:
        cells = [_text(column.get(key)) for column in columns]
        rows.append(PageRow((printable(key, _CELL), *cells), len(set(cells)) > 1))
    return PageTable(caption, ("", *(history.name for history in histories)), tuple(rows))


def _text(value: Any) -> str:
    if value is None:
        return _ABSENT
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return printable(", ".join(map(str, value)), _CELL) or "none"
    return printable(str(value), _CELL)


def _figure(figure: Any) -> str:
    if not isinstance(figure, dict) or not is_number(figure.get("value")):
        return _ABSENT
    low, high = figure.get("low"), figure.get("high")
    ends = f" ({_number(low)} to {_number(high)})" if is_number(low) and is_number(high) else ""
    return _number(figure["value"]) + ends


def _number(value: Any) -> str:
    return rounded(value) if is_number(value) else _ABSENT


def _duration(seconds: Any) -> str:
    return duration(seconds) if is_number(seconds) else _ABSENT
