"""What people are told when a split does not exist or the data are missing."""

from __future__ import annotations

import logging
import os
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ganzoo.errors import GanzooError, UsageError, near_matches

logger = logging.getLogger("ganzoo.datasets")

SPLITS = ("train", "test")


def require_split(split: str) -> None:
    """Accepts "train" and "test".

    Raises:
        UsageError: for any other name.
    """
    if split not in SPLITS:
        raise UsageError(f"there is no split {split!r}: it is 'train' or 'test'{near_matches(split, SPLITS)}")


@dataclass(frozen=True, kw_only=True)
class Guide:
    """How people obtain one data set and lay it out: the unchanging part of its messages."""

    title: str
    layouts: Sequence[tuple[str, str]]
    """What `--data-dir DIR` may hold: the files, and what they are."""
    remedies: Sequence[str]
    """Ways to get the data, each one line."""


def missing_data(guide: Guide, problem: str, looked: Sequence[Path]) -> GanzooError:
    """Returns the error for data that are not there: the problem, where we looked, what to do."""
    width = max((len(files) for files, _ in guide.layouts), default=0)
    return GanzooError(
        "\n".join(
            [
                f"{guide.title}: {problem}",
                "Looked for:",
                *(f"  {place}" for place in looked),
                "--data-dir DIR may hold any of:",
                *(f"  {files:<{width}}  {meaning}" for files, meaning in guide.layouts),
                "To get the data:",
                *(f"  - {remedy}" for remedy in guide.remedies),
            ]
        )
    )


def require_folder(data_dir: Path) -> None:
    """Accepts a folder that can be read.

    Raises:
        GanzooError: `data_dir` does not exist, is a file or is out of bounds.
    """
    if data_dir.is_dir():
        if not os.access(data_dir, os.R_OK | os.X_OK):
            raise GanzooError(f"--data-dir {data_dir}: you have no permission to read this folder")
        return
    if data_dir.exists():
        raise GanzooError(
            f"--data-dir {data_dir} is a file: name the folder that holds it: "
            f"--data-dir {shlex.quote(str(data_dir.parent))}"
        )
    raise GanzooError(f"--data-dir {data_dir}: there is no such folder")
