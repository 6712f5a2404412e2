"""The labels that a user asks for, by a class's number or name."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

import torch
from torch import Tensor

from ganzoo.class_names import find_class
from ganzoo.errors import UsageError, near_matches
from ganzoo.settings.limits import is_integer
from ganzoo.text import brief


def choose_labels(class_names: Sequence[str], label: str | int | None, count: int) -> Tensor | None:
    """Labels `(count,)` int64 of one class, or of all in turn; None for an unconditional generator.

    Args:
        class_names: the generator's classes; empty where it is unconditional.
        label: a class's name, in any case, else its number; an int is a number; None for all.
        count: number of labels.

    Raises:
        UsageError: there is no such class, or there are no classes.
    """
    if label is not None and not isinstance(label, str):
        if not is_integer(label):
            raise UsageError(f"a label is the name or the number of one class, not {brief(label)}")
        label = int(label)
    if not class_names:
        if label is not None:
            raise UsageError("this generator is unconditional: it draws without --label")
        return None
    if label is None:
        return torch.arange(count) % len(class_names)
    if isinstance(label, int):
        if 0 <= label < len(class_names):
            return torch.full((count,), label)
        label = str(label)
    found = find_class(label, class_names)  # a name wins: of the classes 1, 2 and 3, "1" is the first
    if found is not None:
        return torch.full((count,), found)
    number = label.lstrip("0") or "0"
    if label.isascii() and label.isdecimal() and len(number) < 10 and int(number) < len(class_names):
        return torch.full((count,), int(number))
    numbered = ", ".join(f"{number} {name}" for number, name in enumerate(class_names))
    first = label.partition(",")[0].strip()
    several = (
        f"; --label takes one, such as --label {shlex.quote(first)}: without it every class is drawn, and "
        "--walk 24 leads from class to class"
        if first and first != label
        else ""
    )
    raise UsageError(
        f"there is no class {label!r}{several or near_matches(label, class_names)}\nclasses: {numbered}"
    )
