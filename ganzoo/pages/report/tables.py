"""The tables of a report: runs at a glance, settings and environments side by side, evaluations."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any, Final

from ganzoo.errors import UsageError
from ganzoo.pages.report.history import History, is_number, thinned
from ganzoo.settings.configuration import NAME, RUN
from ganzoo.text import printable

_CELL: Final = 200
"""Characters of a cell that are shown."""

_EVALUATIONS: Final = 40
"""The most evaluations of a run in its table."""

_FIGURES: Final = 12
"""The most figures of an evaluation in a table."""

DATA_DIR: Final = f"{RUN}.data_dir"
"""Not shown: the folder of the data concerns nobody else, and would tell of the machine."""

UNKNOWN: Final = "–"


@dataclass(frozen=True)
class Row:
    """A line of a table."""

    cells: tuple[str, ...]
    is_different: bool = False
    """Whether the runs differ here."""


@dataclass(frozen=True)
class Table:
    """A table with a caption; the first column says what each row is."""

    caption: str
    headings: tuple[str, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()


def overview(histories: Sequence[History]) -> Table:
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
        "images a second (median)": _number(median(speeds)) if speeds else UNKNOWN,
        "discriminator's loss, last": _number(last.get("discriminator_loss")),
        "generator's loss, last": _number(last.get("generator_loss")),
    }
    figures = dict(history.evaluations[-1]["evaluation"]) if history.evaluations else {}
    shown = list(figures.items())[:_FIGURES]
    return glance | {f"{printable(name)}, last": _figure(figure) for name, figure in shown}


def settings(histories: Sequence[History]) -> Table:
    """Every setting of every run, but where its data lay."""
    columns = [
        {key.removesuffix(f".{NAME}"): value for key, value in history.settings.items() if key != DATA_DIR}
        for history in histories
    ]
    return _side_by_side("Settings", histories, columns)


def environment(histories: Sequence[History]) -> Table:
    """What each run ran on."""
    return _side_by_side("Environment", histories, [_flat(history.environment) for history in histories])


def recorded_evaluations(history: History) -> Table | None:
    """The evaluations during a training; None where there were none."""
    names = list(dict.fromkeys(name for line in history.evaluations for name in line["evaluation"]))[
        :_FIGURES
    ]
    if not names:
        return None
    rows = tuple(
        Row((_number(line["step"]), *(_figure(line["evaluation"].get(name)) for name in names)))
        for line in thinned(history.evaluations, _EVALUATIONS)
    )
    caption = f"{history.name}: evaluations during training, with 95 % intervals"
    return Table(caption, ("step", *map(printable, names)), rows)


_DIRECTIONS: Final = {True: " (lower is better)", False: " (higher is better)"}


def read_evaluation(path: Path) -> Table:
    """The table of a file that `ganzoo evaluate --json` has printed, of one source or several.

    Raises:
        UsageError: the file can't be read, or is something else.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        reports = document.get("reports") or [document]
        names = dict.fromkeys(figure["name"] for report in reports for figure in report["figures"])
        columns = [{figure["name"]: figure for figure in report["figures"]} for report in reports]
        headings = tuple(printable(Path(str(report["samples"])).name) for report in reports)
        directions = {name: column[name]["is_lower_better"] for column in columns for name in column}
        protocol = _flat(dict(reports[0]["protocol"]))
        warnings = [str(warning) for report in reports for warning in report["warnings"]]
    except OSError as error:
        raise UsageError(f"the evaluation {path} can't be read: {error.strerror or error}") from None
    except (AttributeError, IndexError, KeyError, TypeError, ValueError, RecursionError):
        raise UsageError(
            f"{path} is no evaluation; write one with: ganzoo evaluate RUN --json > {path.name}"
        ) from None
    rows = tuple(
        Row(
            (
                printable(str(name)) + _DIRECTIONS.get(directions[name], ""),
                *(_figure(column.get(name)) for column in columns),
            )
        )
        for name in names
    )
    facts = ", ".join(f"{key} {value}" for key, value in protocol.items() if value is not None)
    notes = (*(f"Warning: {warning}" for warning in warnings), f"Protocol: {facts}")
    return Table(
        f"Evaluation {path.stem}, with 95 % intervals",
        ("figure", *headings),
        rows,
        tuple(printable(note, 2000) for note in notes),
    )


def _side_by_side(caption: str, histories: Sequence[History], columns: Sequence[Mapping[str, Any]]) -> Table:
    keys = dict.fromkeys(key for column in columns for key in column)
    rows = []
    for key in keys:
        cells = [_text(column.get(key)) for column in columns]
        rows.append(Row((printable(key, _CELL), *cells), len(set(cells)) > 1))
    return Table(caption, ("", *(history.name for history in histories)), tuple(rows))


def _flat(value: Mapping[str, Any]) -> dict[str, Any]:
    """Nested tables as `"outer.inner"`, lists of tables with their numbers."""
    return dict(_leaves("", value))


def _leaves(prefix: str, value: Any) -> Iterable[tuple[str, Any]]:
    if isinstance(value, Mapping):
        inner: Iterable[tuple[Any, Any]] = value.items()
    elif isinstance(value, list) and any(isinstance(item, Mapping) for item in value):
        inner = enumerate(value)
    else:
        return [] if prefix == "schema" else [(prefix, value)]
    return [leaf for key, item in inner for leaf in _leaves(f"{prefix}.{key}" if prefix else str(key), item)]


def _text(value: Any) -> str:
    if value is None:
        return UNKNOWN
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return printable(", ".join(map(str, value)), _CELL) or "none"
    return printable(str(value), _CELL)


def _figure(figure: Any) -> str:
    if not isinstance(figure, dict) or not is_number(figure.get("value")):
        return UNKNOWN
    interval = [figure.get("low"), figure.get("high")]
    ends = f" ({_number(interval[0])} to {_number(interval[1])})" if all(map(is_number, interval)) else ""
    return _number(figure["value"]) + ends


def _number(value: Any) -> str:
    if not is_number(value):
        return UNKNOWN
    if isinstance(value, int) or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.4g}"


def _duration(seconds: Any) -> str:
    if not is_number(seconds):
        return UNKNOWN
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"
