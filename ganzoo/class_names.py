"""Names of classes: in the order that people expect, and found by what a folder or a person calls them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence

from ganzoo.near_names import plain


def normal(name: str) -> str:
    """A name with its accents composed (NFC), as keyboards type them; macOS keeps file names decomposed."""
    return unicodedata.normalize("NFC", name)


def natural_order(name: str) -> tuple[tuple[object, ...], str]:
    """A key that sorts numbers in names as numbers: 1, 2, 10, and otherwise as text."""
    parts = re.split(r"([0-9]+)", normal(name))
    # Texts and numbers alternate. A number is compared by its length first, so it may have any length.
    keys = tuple(
        (len(part.lstrip("0")), part.lstrip("0")) if index % 2 else part for index, part in enumerate(parts)
    )
    return keys, name


def find_class(called: str, class_names: Sequence[str]) -> int | None:
    """The number of the class of a name: exactly so, else in another case; None where there is none.

    A name that only case tells from another class's is found exactly or not at all.
    """
    return _first(called, class_names, (normal, lambda name: normal(name).casefold()))


def find_class_of_folder(folder: str, class_names: Sequence[str]) -> int | None:
    """The same of a folder, which may differ in blanks and punctuation too: none is called "T-shirt/top"."""
    return _first(folder, class_names, (normal, lambda name: normal(name).casefold(), plain))


def _first(called: str, class_names: Sequence[str], ways: Sequence[Callable[[str], str]]) -> int | None:
    for way in ways:
        found = [number for number, name in enumerate(class_names) if way(name) == way(called)]
        if len(found) == 1 and way(called):
            return found[0]
    return None
