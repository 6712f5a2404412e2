"""What is said of a word that stands where a command belongs, and names none: the same in every group."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Final

from ganzoo.errors import UsageError, near_matches

_NAME: Final = re.compile(r"[a-z][a-z-]*")
"""What a command may be called."""


def unknown_command(group: str, word: str, known: Iterable[str], meant: str | None = None) -> UsageError:
    """The error of a word that is none of a group's commands.

    Args:
        group: how the group is typed: `ganzoo data`.
        word: what was typed.
        known: the commands.
        meant: what is to be typed instead, where it is known; otherwise the commands that are near.
    """
    known = list(known)
    hint = near_matches(word, known) if meant is None else f"; did you mean {meant}"
    said = f"{group} has no command {word!r}" if " " in group else f"there is no command {word!r}"
    return UsageError(f"{said}{hint}\ncommands: {', '.join(known)}")


def refuse_misspelt(group: str, word: str, known: Iterable[str], is_other: Callable[[str], bool]) -> None:
    """Refuses a word that is near a command, where something else may stand as well.

    Args:
        group: how the group is typed: `ganzoo bench`.
        word: what was typed.
        known: the commands.
        is_other: tells what is meant as it is, such as the name of a model.

    Raises:
        UsageError: the word is near a command, and nothing else.
    """
    known = list(known)
    if _NAME.fullmatch(word) and near_matches(word, known) and not is_other(word):
        raise unknown_command(group, word, known)
