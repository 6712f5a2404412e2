"""Values of the options of `ganzoo bench`: lists, and what is allowed in them.

What is not allowed is a `UsageError`, which names the option.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import click

from ganzoo.errors import UsageError, near_matches
from ganzoo.images import ImageSpec

PRECISIONS: Final = ("auto", "fp32", "tf32", "bf16", "fp16")


class ListOf(click.ParamType):  # type: ignore[type-arg]
    """Values separated by commas."""

    def __init__(self, name: str, parse: Callable[[str], Any]) -> None:
        self.name = name
        self._parse = parse

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Parses every value, each once."""
        if not isinstance(value, str):
            return value
        texts = [text.strip() for text in value.split(",")]
        return tuple(dict.fromkeys(self._parse(text) for text in texts))


def one_of(option: str, allowed: tuple[str, ...]) -> Callable[[str], str]:
    """Gives what refuses a text that an option doesn't allow."""

    def parse(text: str) -> str:
        if text not in allowed:
            hint = near_matches(text, allowed)
            raise UsageError(f"{option} takes any of {', '.join(allowed)}, not {text!r}{hint}")
        return text

    return parse


def switch(option: str) -> Callable[[str], bool]:
    """Gives what reads `on` and `off`."""
    return lambda text: one_of(option, ("on", "off"))(text) == "on"


def batch_size(text: str) -> int:
    """Reads a batch size."""
    if not text.isdecimal() or int(text) < 1:
        raise UsageError(f"--batch-size takes whole numbers from 1, such as 64,128, not {text!r}")
    return int(text)


def image(text: str) -> str:
    """Reads the shape of an image, and gives it back as reports write it: `3x32x32`."""
    try:
        return str(ImageSpec.parse(text))
    except UsageError:
        raise UsageError(
            f"--image takes channels (1 or 3), height and width, such as 3x32x32, not {text!r}"
        ) from None
