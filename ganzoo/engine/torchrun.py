"""What `torchrun` tells a process by environment variables: read, and refused where it makes no sense."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Final

from ganzoo.errors import UsageError

_REMEDY: Final = (
    "for one process: unset WORLD_SIZE\n"
    "for several, torchrun sets what they need: torchrun --nproc-per-node N -m ganzoo train ..."
)


@dataclass(frozen=True)
class Place:
    """Which process of a training this is."""

    rank: int = 0
    """0 is the main process, which writes and speaks."""
    size: int = 1
    """Processes of the training."""
    local_rank: int = 0
    """Its number among those of its machine, and so the number of its GPU."""


def read_place() -> Place:
    """The place that `WORLD_SIZE`, `RANK` and `LOCAL_RANK` give this process; without the first, it is alone.

    Raises:
        UsageError: a variable is missing or can't be right.
    """
    if "WORLD_SIZE" not in os.environ:
        return Place()
    size = _number("WORLD_SIZE", 1, 2**31)
    needed = ("RANK", "MASTER_ADDR", "MASTER_PORT") if size > 1 else ()
    missing = [name for name in needed if not os.environ.get(name)]
    if missing:
        raise UsageError(
            f"the environment variable WORLD_SIZE is {size}, but {' and '.join(missing)} "
            f"{'is' if len(missing) == 1 else 'are'} not set\n{_REMEDY}"
        )
    rank = _number("RANK", 0, size, default="0")
    if size > 1:
        _number("MASTER_PORT", 1, 2**16)
    return Place(rank, size, _number("LOCAL_RANK", 0, size, default="0"))


def _number(name: str, least: int, below: int, default: str | None = None) -> int:
    text = os.environ.get(name, default) or ""
    if text.isascii() and text.isdecimal() and least <= int(text) < below:
        return int(text)
    allowed = f"{least} to {below - 1}" if below < 2**31 else f"{least} or more"
    raise UsageError(f"the environment variable {name} is {text!r}, not a number ({allowed})\n{_REMEDY}")
