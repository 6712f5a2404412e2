"""What a checkpoint says of the generator that it holds, checked: it may be a stranger's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from ganzoo.images import ImageSpec
from ganzoo.settings.configuration import NAME, written
from ganzoo.text import brief

LARGEST_SIDE: Final = 4096
"""Pixels; an image has to fit in memory many times over while it is drawn."""


@dataclass(frozen=True)
class Description:
    """What is needed to build a generator again."""

    image: ImageSpec
    class_names: tuple[str, ...]
    """Empty for an unconditional generator."""
    step: int
    settings: Mapping[str, Any]
    """`"section.key"` to value, of all sections."""

    @property
    def num_classes(self) -> int | None:
        """How many classes it draws; None where it takes no labels."""
        return len(self.class_names) or None

    @classmethod
    def read(cls, metadata: Mapping[str, Any]) -> Self:
        """Reads what `runs.checkpoints.read_metadata` gives.

        Raises:
            KeyError: something is missing.
            ValueError: something is not what it should be; the message completes "the checkpoint ...".
            UsageError: there is no such image.
        """
        sides, names, count = metadata["image"], metadata["class_names"], metadata["num_classes"]
        if not _is_list_of(int, sides) or len(sides) != 3 or max(sides) > LARGEST_SIDE:
            raise ValueError(
                f"has images of {brief(sides)}, not channels, height and width, of at most "
                f"{LARGEST_SIDE:,} pixels"
            )
        if not _is_list_of(str, names):
            raise ValueError("has classes whose names are no texts")
        if (count or 0) != len(names) or isinstance(count, bool):
            raise ValueError(f"has {brief(count)} classes, and names of {len(names):,}")
        settings = written(metadata["configuration"])
        if not isinstance(model := settings.get(f"model.{NAME}"), str):
            raise ValueError(f"has the model {brief(model)}, not a name")
        return cls(ImageSpec(*sides), tuple(names), step_of(metadata), settings)


def step_of(metadata: Mapping[str, Any]) -> int:
    """The step at which a checkpoint was written.

    Raises:
        KeyError: it doesn't say.
        ValueError: this is no number of steps; the message completes "the checkpoint ...".
    """
    step = metadata["step"]
    if type(step) is not int or not 0 <= step < 2**63:
        raise ValueError(f"has the step {brief(step)}, not a whole number")
    return step


def _is_list_of(kind: type, value: Any) -> bool:
    return isinstance(value, list) and all(type(item) is kind for item in value)
