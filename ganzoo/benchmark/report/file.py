"""The JSON file (schema 1) of a report: written whole or not at all, and checked when it is read.

Fields that this version doesn't know are ignored; another schema is refused.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from ganzoo.benchmark.codec import DamagedError, decode, encode
from ganzoo.benchmark.report.rows import Report
from ganzoo.errors import GanzooError, UsageError
from ganzoo.files import kind_of_file, read_text, write_text
from ganzoo.text import brief

SCHEMA: Final = 1
"""The version of the format that is written, and the only one that is read."""

_MOST: Final = 8 * 2**20
"""Bytes of a report; a row with its kernels takes some ten thousand."""


def to_json(report: Report) -> dict[str, Any]:
    """The report as JSON can say it, `schema` first."""
    return {"schema": SCHEMA, **encode(report)}


def from_json(value: Any, name: str) -> Report:
    """Checks and converts what a JSON file holds; `name` is what messages call it.

    Raises:
        GanzooError: it is not a report, is one of another version, or is damaged; the message says where.
    """
    if not isinstance(value, dict) or "schema" not in value or "rows" not in value:
        raise GanzooError(f"{name} is not a benchmark report; ganzoo bench --out FILE writes one")
    schema = value["schema"]
    if schema != SCHEMA or isinstance(schema, bool):
        raise GanzooError(
            f"{name} has schema {brief(schema)}, this GanZoo reads schema {SCHEMA}; "
            "use the version of ganzoo-torch that wrote it, or run the benchmark again"
        )
    try:
        return decode(Report, {key: item for key, item in value.items() if key != "schema"})
    except DamagedError as error:
        raise GanzooError(f"{name} is damaged: {error}") from None


def read(path: Path) -> Report:
    """Reads a report.

    Raises:
        UsageError: there is no such file.
        GanzooError: it can't be read, is not a report, is of another version, or is damaged.
    """
    try:
        text = read_text(path, _MOST)
        value = json.loads(text, parse_constant=_refuse_constant)
    except FileNotFoundError:
        raise UsageError(f"there is no file {str(path)!r}") from None
    except OSError as error:
        raise GanzooError(f"{path} can't be read: {error.strerror or error}") from None
    except (ValueError, RecursionError) as error:  # not UTF-8, not JSON, nested beyond reason
        kind = kind_of_file(path)
        reason = error if kind in (None, "JSON") else f"it is {kind}"
        raise GanzooError(f"{path} is not a benchmark report: {reason}") from None
    return from_json(value, str(path))


def write(path: Path, report: Report) -> None:
    """Writes a report, whole or not at all.

    Raises:
        GanzooError: the disk refuses.
    """
    write_text(path, json.dumps(to_json(report), indent=1, allow_nan=False) + "\n")


def _refuse_constant(constant: str) -> Any:
    raise ValueError(f"{constant} is not a number that JSON allows")
