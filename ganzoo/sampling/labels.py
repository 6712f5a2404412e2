"""The labels that a user asks for, by a class's number or name."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from ganzoo.errors import UsageError, near_matches


def choose_labels(class_names: Sequence[str], label: str | None, count: int) -> Tensor | None:
    """Labels `(count,)` int64 of one class, or of all in turn; None for an unconditional generator.

    Args:
        class_names: the generator's classes; empty where it is unconditional.
        label: a class's number or name in any case; None for all.
        count: number of labels.

    Raises:
        UsageError: there is no such class, or there are no classes.
    """
    if not class_names:
        if label is not None:
            raise UsageError("this generator is unconditional: it draws without --label")
        return None
    if label is None:
        return torch.arange(count) % len(class_names)
    lowered = [name.lower() for name in class_names]
    # A number is the label itself, even where class names are numbers too ("7" of MNIST is class 7).
    number = label.lstrip("0") or "0"
    if label.isascii() and label.isdecimal() and len(number) < 10 and int(number) < len(class_names):
        return torch.full((count,), int(number))
    if label.lower() in lowered:
        return torch.full((count,), lowered.index(label.lower()))
    numbered = ", ".join(f"{number} {name}" for number, name in enumerate(class_names))
    raise UsageError(f"there is no class {label!r}{near_matches(label, class_names)}\nclasses: {numbered}")
