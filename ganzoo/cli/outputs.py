"""The files that commands write: looked at before anything is computed, and never overwritten unasked."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from ganzoo.drafts import remove_drafts
from ganzoo.errors import UsageError
from ganzoo.files import expanded, require_writable


def force_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds `--force`."""
    return click.option("--force", is_flag=True, help="Overwrite a file that is there already.")(command)


def require_ending(path: Path, suffix: str, what: str) -> None:
    """Refuses a name that says that the file is of another format.

    Args:
        path: where it is to be; a name without an ending says nothing.
        suffix: what files of the format end in, `.onnx`; empty where the format has no ending of its own.
        what: the option that chose the format.

    Raises:
        UsageError: the name has another ending.
    """
    if suffix and path.suffix and not path.name.lower().endswith(suffix.lower()):
        named = path.with_suffix("")
        if not named.name.lower().endswith(suffix.lower()):  # as that of report.json.gz does
            named = path.with_suffix(suffix)
        raise UsageError(f"{what} writes a {suffix}, not {str(path)!r}\nname it --out {named}")


def require_output(path: Path, *, force: bool, option: str = "--out") -> Path:
    """The path of a file that can be written, now and so far as can be told later.

    Args:
        path: where it is to be.
        force: whether a file that is there already may be overwritten.
        option: what the path was given with; empty where it can't be chosen.

    Raises:
        UsageError: there is a file already, or a folder of that name.
        GanzooError: there is no folder to write it into, or the disk refuses.
    """
    path = expanded(path)
    if path.is_dir():
        raise UsageError(f"{path} is a folder, and a file is to be written")
    if os.path.lexists(path) and not force:
        raise UsageError(
            f"{path} is there already, and nothing is overwritten unasked\n"
            f"add --force to overwrite it{f', or choose another name with {option}' if option else ''}"
        )
    require_writable(path, option)
    remove_drafts(path)
    return path
