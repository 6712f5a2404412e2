"""The shape of images: channels, height and width, and the words for how an image file gets it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, Self

from ganzoo.errors import UsageError

Fit = Literal["exact", "crop", "pad", "stretch"]
"""How an image gets its size: it has it; scaled to cover it, and cut; scaled into it, padded; squeezed."""

Background = Literal["white", "black"]
"""What is seen behind transparent pixels, and beside an image that is padded."""


@dataclass(frozen=True)
class ImageSpec:
    """The shape of one image: `ImageSpec(3, 32, 32)` is colour, 32 pixels high and wide.

    Raises:
        UsageError: where the channels are not 1 (grey) or 3 (colour), or a side is below 1.
    """

    channels: int
    height: int
    width: int

    def __post_init__(self) -> None:
        if self.channels not in (1, 3):
            raise UsageError(f"images have 1 (grey) or 3 (colour) channels, not {self.channels}")
        if self.height < 1 or self.width < 1:
            raise UsageError(f"an image of {self.height}x{self.width} pixels has no pixels")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Reads `3x32x32`: channels, height, width.

        Raises:
            UsageError: it is not three whole numbers, or there is no such image.
        """
        numbers = re.fullmatch(r"(\d{1,5})x(\d{1,5})x(\d{1,5})", text)
        if numbers is None:
            raise UsageError(f"an image is channels (1 or 3) x height x width, such as 3x32x32, not {text!r}")
        return cls(*map(int, numbers.groups()))

    @property
    def shape(self) -> tuple[int, int, int]:
        """`(channels, height, width)`."""
        return self.channels, self.height, self.width

    def __str__(self) -> str:
        return f"{self.channels}x{self.height}x{self.width}"
