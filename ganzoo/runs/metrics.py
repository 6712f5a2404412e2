"""metrics.jsonl: one JSON object a line, each on the disk before the next step."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from ganzoo.errors import GanzooError
from ganzoo.files import disk_errors, read_text
from ganzoo.settings.old_names import renew_line
from ganzoo.text import json_safe

ADVICE: Final = "mend that, and go on with --resume"
"""What to do where the disk refuses in the middle of a training."""

_MOST_OF_LINE: Final = 2**20
"""Characters of a line; the longest, of evaluations, have a few thousand."""

_MOST: Final = 2**30
"""Bytes of the file: two million lines; they take ten to twenty times as much memory."""


def append_line(path: Path, line: Mapping[str, Any]) -> None:
    """Adds a line, and sees it onto the disk; what is not a finite number is null.

    Raises:
        GanzooError: the disk refuses.
    """
    with disk_errors(path, ADVICE), path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(json_safe(line), allow_nan=False) + "\n")
        file.flush()
        os.fsync(file.fileno())


def read_lines(path: Path) -> list[dict[str, Any]]:
    """The lines, each with its `kind`: "losses", "evaluation", "warning" or "settings".

    A last one that a crash cut short, before its line break, is left out. Where there is no file there are
    no lines.

    Raises:
        GanzooError: the file can't be read or is no text, or a line is no JSON object.
    """
    lines = []
    try:
        text = read_text(path, _MOST)
        written = text.splitlines()
        for number, line in enumerate(written, start=1):
            if len(line) > _MOST_OF_LINE:
                raise TypeError
            try:
                read = json.loads(line)
            except ValueError:
                if number == len(written) and not text.endswith("\n"):
                    break  # a crash cuts the last one; any other may be mended, and must not be lost
                follow = f", and {len(written) - number} follow" if number < len(written) else ""
                raise GanzooError(
                    f"{path} is damaged: line {number} is no JSON{follow}\nmend that line, or delete it"
                ) from None
            if not isinstance(read, dict):
                raise TypeError
            lines.append(renew_line(read))
    except FileNotFoundError:
        return []
    except OSError as error:  # not as if there were none: a resumed training would delete them
        raise GanzooError(f"{path} can't be read: {error.strerror or error}") from error
    except (TypeError, UnicodeDecodeError, RecursionError):
        raise GanzooError(f"{path} is damaged: a line is no JSON object") from None
    return lines


def step_of(line: Mapping[str, Any]) -> float:
    """The step of a line; infinity, which is after every step, where it has none."""
    step = line.get("step")
    return step if type(step) is int else math.inf
